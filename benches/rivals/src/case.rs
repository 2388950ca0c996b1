//! What is timed.

/// What nobody can do without.
pub const LIMIT: &str = "limit";
pub const OURS: &str = "mailproof";
pub const THEIRS: &str = "mail-auth";

/// One piece of work, done by several.
pub struct Case {
    pub group: &'static str,
    pub name: String,
    /// Octets of the input; 0 where that says nothing.
    pub octets: usize,
    pub sides: Vec<Side>,
}

/// One of those who do it.
pub struct Side {
    pub name: &'static str,
    pub work: Box<dyn Fn()>,
    /// What came of it, where the sides may differ.
    pub note: String,
}

impl Case {
    pub(crate) fn new(group: &'static str, name: impl Into<String>, octets: usize) -> Self {
        Self { group, name: name.into(), octets, sides: Vec::new() }
    }

    pub(crate) fn side<T>(self, name: &'static str, work: impl Fn() -> T + 'static) -> Self {
        self.noted(name, work, "")
    }

    pub(crate) fn noted<T>(
        mut self,
        name: &'static str,
        work: impl Fn() -> T + 'static,
        note: impl Into<String>,
    ) -> Self {
        let work = Box::new(move || {
            std::hint::black_box(work());
        });
        self.sides.push(Side { name, work, note: note.into() });
        self
    }
}

/// A value that lives as long as the process: there is one of each input.
pub(crate) fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
