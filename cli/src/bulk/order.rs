//! Results in the order of the input, whatever the order in which they come.

use std::collections::BTreeMap;

/// Results that wait for those before them.
#[derive(Debug)]
pub(super) struct Order<T> {
    next: u64,
    waiting: BTreeMap<u64, (T, usize)>,
    octets: usize,
}

impl<T> Order<T> {
    /// The first that goes out is `next`.
    pub(super) const fn from(next: u64) -> Self {
        Self { next, waiting: BTreeMap::new(), octets: 0 }
    }

    /// Takes the result `number`, which holds so many octets.
    pub(super) fn push(&mut self, number: u64, result: T, octets: usize) {
        self.octets += octets;
        self.waiting.insert(number, (result, octets));
    }

    /// The next result, once it is there.
    pub(super) fn pop(&mut self) -> Option<T> {
        let (result, octets) = self.waiting.remove(&self.next)?;
        self.octets -= octets;
        self.next += 1;
        Some(result)
    }

    /// Octets of the results that wait.
    pub(super) const fn octets(&self) -> usize {
        self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_leave_in_order() {
        let mut order = Order::from(3);
        order.push(4, "b", 10);
        assert_eq!((order.pop(), order.octets()), (None, 10));
        order.push(3, "a", 5);
        assert_eq!((order.pop(), order.pop(), order.pop(), order.octets()), (Some("a"), Some("b"), None, 0));
    }
}
