//! Text that keeps within the columns there are.

/// `label`, then `text` in lines of at most `width` columns, each line but the first indented to stand below the first
/// letter of the text. Words are never broken.
pub(crate) fn folded(label: &str, text: &str, width: Option<usize>) -> String {
    let indent = columns(label);
    let Some(width) = width else {
        return format!("{label}{text}");
    };
    let mut out = label.to_owned();
    let mut used = indent;
    for (index, word) in text.split(' ').enumerate() {
        let needed = columns(word);
        if index > 0 && used + 1 + needed > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            used = indent;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += needed;
    }
    out
}

/// `text`, cut to `width` columns where it is longer; that it was cut can be seen.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(width.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Columns of a text, without those of colours.
pub(crate) fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(|part| part.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_below_the_text_and_words_stay_whole() {
        assert_eq!(folded("why: ", "one two three", None), "why: one two three");
        assert_eq!(folded("why: ", "one two three", Some(12)), "why: one two\n     three");
        assert_eq!(folded("why: ", "unbreakable one", Some(8)), "why: unbreakable\n     one");
    }

    #[test]
    fn colours_take_no_column() {
        assert_eq!(columns("\u{1b}[32mpass\u{1b}[39m"), 4);
    }

    #[test]
    fn what_is_cut_shows_it() {
        assert_eq!(cut("include:a", 9), "include:a");
        assert_eq!(cut("include:ab", 9), "include:…");
    }
}
