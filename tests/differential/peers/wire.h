/* How the judge writes a case: fields between tabs, %XX for what is not visible ASCII, for % and for |. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of a case at most: a message or a request, and the records of its zone. */
enum { FIELDS = 3 + 3 * 400 };

struct line {
    char *text;
    size_t room;
    char *field[FIELDS];
    int fields;
};

static int hex(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* Decodes in place and returns the length; a NUL follows. */
static size_t unescape(char *field)
{
    char *into = field;
    for (const char *from = field; *from; from++) {
        if (*from == '%' && from[1] && from[2]) {
            *into++ = (char)(hex(from[1]) * 16 + hex(from[2]));
            from += 2;
        } else {
            *into++ = *from;
        }
    }
    *into = 0;
    return (size_t)(into - field);
}

/* The next line, cut at its tabs and not yet decoded. */
static int read_line(struct line *line)
{
    ssize_t length = getline(&line->text, &line->room, stdin);
    if (length <= 0) {
        return 0;
    }
    line->text[length - 1] = 0;
    line->fields = 0;
    char *at = line->text;
    while (at && line->fields < FIELDS) {
        line->field[line->fields++] = at;
        at = strchr(at, '\t');
        if (at) {
            *at++ = 0;
        }
    }
    return 1;
}
