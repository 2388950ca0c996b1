//! Rows with aligned columns.

use super::coloured;
use crate::terminal::{columns, folded, visible};
use std::fmt::Write;

/// Columns at most that a cell is padded to; one that is longer pushes its row to the right.
const WIDEST: usize = 44;

/// One check: what was asked, what came of it, of which identity, how that is aligned, and why.
#[derive(Default)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) word: &'static str,
    pub(super) identity: String,
    pub(super) alignment: String,
    pub(super) why: String,
}

/// The checks of a message, and notes below them.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    notes: Vec<(&'static str, String)>,
}

impl Table {
    pub(super) fn row(&mut self, row: Row) {
        let Row { method, word, identity, alignment, why } = row;
        let shown = |text: String| visible(&text).into_owned();
        self.rows.push(Row {
            method,
            word,
            identity: shown(identity),
            alignment: shown(alignment),
            why: shown(why),
        });
    }

    pub(super) fn note(&mut self, label: &'static str, text: &str) {
        self.notes.push((label, visible(text).into_owned()));
    }
}

impl Table {
    /// The table in lines of `width` columns, if there is a width: then what does not fit stands in lines of its own.
    pub(super) fn drawn(&self, width: Option<usize>) -> String {
        let words = self.rows.iter().map(|row| row.word).chain(self.notes.iter().map(|(label, _)| *label));
        let word_width = widest(words);
        let identity_width = widest(self.rows.iter().map(|row| row.identity.as_str()));
        let alignment_width = widest(self.rows.iter().map(|row| row.alignment.as_str()));
        let mut out = String::new();
        for row in &self.rows {
            let mut line = format!("  {:5}  ", row.method);
            // Padding is counted before colour is put on.
            line.push_str(&coloured(row.word));
            pad(&mut line, row.word, word_width);
            let indent = columns(&line);
            for (cell, width) in [(&row.identity, identity_width), (&row.alignment, alignment_width)] {
                if width > 0 {
                    line.push_str(cell);
                    pad(&mut line, cell, width);
                }
            }
            if width.is_some_and(|width| columns(&line) + columns(&row.why) > width) && !row.why.is_empty() {
                let _ = writeln!(out, "{}", line.trim_end());
                line = folded(&" ".repeat(indent), &row.why, width);
            } else {
                line.push_str(&row.why);
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        for (label, text) in &self.notes {
            let mut line = format!("         {label}");
            pad(&mut line, label, word_width);
            let _ = writeln!(out, "{}", folded(&line, text, width));
        }
        out
    }
}

fn widest<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(columns).max().unwrap_or(0).min(WIDEST)
}

/// Spaces up to `width`, and the two between columns.
fn pad(line: &mut String, cell: &str, width: usize) {
    let missing = width.saturating_sub(columns(cell));
    line.extend(std::iter::repeat_n(' ', missing + 2));
}
