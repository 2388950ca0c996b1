//! A tree in rows of aligned columns, or in two lines a row where there is no room for them.

use crate::terminal::{columns, cut, folded};
use std::fmt::Write;

/// Columns at most that a name is padded to.
const WIDEST: usize = 56;

/// Columns that details need beside the others; with less, they stand in lines of their own.
const ROOM: usize = 24;

/// A tree under construction: its rows from top to bottom.
#[derive(Default)]
pub(super) struct Tree {
    rows: Vec<Row>,
}

/// A row, with the lines that are drawn before it and before what continues it.
struct Row {
    drawn: String,
    continued: String,
    cells: Cells,
}

/// What a row says, with everything others wrote made visible.
#[derive(Default)]
pub(super) struct Cells {
    pub(super) name: String,
    pub(super) count: String,
    /// May be coloured.
    pub(super) word: String,
    pub(super) details: Vec<String>,
}

/// Where a row hangs: the lines drawn before those below its parent.
#[derive(Clone, Default)]
pub(super) struct Branch(String);

impl Tree {
    /// Adds a row below `branch`; the branch below that row.
    pub(super) fn row(&mut self, branch: &Branch, is_last: bool, cells: Cells) -> Branch {
        let (corner, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let branch = |tail: &str| format!("{}{tail}", branch.0);
        self.rows.push(Row { drawn: branch(corner), continued: branch(below), cells });
        Branch(branch(below))
    }

    /// The tree in lines of `width` columns, if there is a width. What cannot be broken may go beyond.
    pub(super) fn drawn(&self, width: Option<usize>) -> String {
        let widest = |cell: fn(&Row) -> usize| self.rows.iter().map(cell).max().unwrap_or(0);
        let name = widest(|row| columns(&row.drawn) + columns(&row.cells.name)).min(WIDEST);
        let count = widest(|row| columns(&row.cells.count));
        let word = widest(|row| columns(&row.cells.word));
        let used = [name, count, word].iter().filter(|column| **column > 0).map(|column| column + 2).sum();
        let mut out = String::new();
        for row in &self.rows {
            match width {
                Some(width) if width < used + ROOM => row.write_narrow(&mut out, width),
                _ => row.write_wide(&mut out, [name, count, word], used, width),
            }
        }
        out
    }
}

impl Row {
    fn write_wide(&self, out: &mut String, widths: [usize; 3], used: usize, width: Option<usize>) {
        let Cells { name, count, word, details } = &self.cells;
        let mut line = String::new();
        for (cell, width) in [format!("{}{name}", self.drawn), count.clone(), word.clone()].iter().zip(widths)
        {
            if width > 0 {
                line.push_str(cell);
                pad(&mut line, width.saturating_sub(columns(cell)) + 2);
            }
        }
        let details = details.join("; ");
        let lines = folded("", &details, width.map(|width| width.saturating_sub(used)));
        for (index, text) in lines.lines().enumerate() {
            if index > 0 {
                let _ = writeln!(out, "{}", line.trim_end());
                line.clone_from(&self.continued);
                pad(&mut line, used.saturating_sub(columns(&self.continued)));
            }
            line.push_str(text);
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }

    fn write_narrow(&self, out: &mut String, width: usize) {
        let Cells { name, count, word, details } = &self.cells;
        let room = width.saturating_sub(columns(&self.drawn)).max(8);
        let head = format!("{}{}", self.drawn, cut(name, room));
        let parts: Vec<_> = [count, word].into_iter().filter(|part| !part.is_empty()).cloned().collect();
        let parts = parts.join(" ");
        let mut text = details.join("; ");
        if columns(&head) + 2 + columns(&parts) <= width {
            let _ = writeln!(out, "{}", format!("{head}  {parts}").trim_end());
        } else {
            let _ = writeln!(out, "{head}");
            text = if text.is_empty() { parts } else { format!("{parts}; {text}") };
        }
        let room = width.saturating_sub(columns(&self.continued) + 2).max(16);
        for line in folded("", &text, Some(room)).lines().filter(|line| !line.is_empty()) {
            let _ = writeln!(out, "{}  {line}", self.continued);
        }
    }
}

fn pad(line: &mut String, columns: usize) {
    line.extend(std::iter::repeat_n(' ', columns));
}
