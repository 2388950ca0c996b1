//! A list that is hardly ever longer than one.

/// Items to make room for, where there is more than one.
const USUAL_ITEMS: usize = 4;

/// A list that grows at its end; the first item needs no memory of its own.
#[derive(Clone, Debug)]
pub(crate) enum Few<T> {
    /// One item, or none.
    One(Option<T>),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) const fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => item.as_slice(),
            Self::Many(items) => items.as_slice(),
        }
    }

    pub(crate) const fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => item.as_mut_slice(),
            Self::Many(items) => items.as_mut_slice(),
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::One(none @ None) => *none = Some(item),
            Self::One(first) => {
                let mut items = Vec::with_capacity(USUAL_ITEMS);
                items.extend(first.take());
                items.push(item);
                *self = Self::Many(items);
            }
            Self::Many(items) => items.push(item),
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::One(None)
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(items: Vec<T>) -> Self {
        Self::Many(items)
    }
}

impl<T> From<Few<T>> for Vec<T> {
    fn from(few: Few<T>) -> Self {
        match few {
            Few::One(item) => item.into_iter().collect(),
            Few::Many(items) => items,
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self {
            Self::One(item) => (item, Vec::new()),
            Self::Many(items) => (None, items),
        };
        one.into_iter().chain(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_however_many_there_are() {
        let mut few = Few::default();
        for count in 0..5 {
            let expected: Vec<_> = (0..count).collect();
            assert_eq!(few.as_slice(), expected);
            assert!(few.clone().into_iter().eq(expected));
            few.push(count);
        }
    }
}
