//! How the command speaks: options that every command has.

use anstream::ColorChoice;
use std::sync::OnceLock;

/// Columns that are counted on, however few there are said to be.
const NARROWEST: usize = 20;

static MANNER: OnceLock<Manner> = OnceLock::new();

/// How the command speaks.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct Manner {
    /// When to use colour; auto: on a terminal, unless `NO_COLOR` is set, and where `CLICOLOR_FORCE` is set.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Print ASCII only.
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print more; may be given twice.
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Print no result: the exit code tells it.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// When colour is used.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

impl Manner {
    /// Makes this the manner of the process; the first that is adopted stays.
    pub(crate) fn adopt(self) {
        match self.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        }
        .write_global();
        let _ = MANNER.set(self);
    }

    /// Whether more is wanted than is told by default.
    pub(crate) const fn is_verbose(self) -> bool {
        self.verbose > 0
    }
}

/// The manner of the process.
pub(crate) fn manner() -> Manner {
    MANNER.get().copied().unwrap_or_default()
}

/// The columns there are: as `COLUMNS` says, or the terminal. `None`, which is as many as are wanted, where the output
/// is no terminal.
pub(crate) fn width() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured =
        || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    told.or_else(measured).filter(|columns| *columns > 0).map(|columns| columns.max(NARROWEST))
}
