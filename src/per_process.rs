//! State that a forked child does not share with its parent.

use std::fmt;
use std::sync::OnceLock;

/// A value of this process. A forked child gets a fresh one: its parent may have held a lock in the old one at the
/// moment of the fork, and nobody is left in the child to release it.
pub struct PerProcess<T> {
    process: u32,
    value: T,
    make: fn(Option<&T>) -> T,
    child: OnceLock<Box<PerProcess<T>>>,
}

impl<T> PerProcess<T> {
    /// A value that `make` makes, here and once more in each child; there it is shown the parent's, to look at what is
    /// never locked.
    pub fn new(make: fn(parents: Option<&T>) -> T) -> Self {
        Self::of(std::process::id(), make, None)
    }

    /// This process's.
    pub fn get(&self) -> &T {
        self.get_as(std::process::id())
    }

    fn of(process: u32, make: fn(Option<&T>) -> T, parents: Option<&T>) -> Self {
        PerProcess { process, value: make(parents), make, child: OnceLock::new() }
    }

    fn get_as(&self, process: u32) -> &T {
        let mut this = self;
        while this.process != process {
            this = this.child.get_or_init(|| Box::new(Self::of(process, this.make, Some(&this.value))));
        }
        &this.value
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerProcess")
    }
}

/// A value of one thread, for `thread_local!`. A forked child gets a fresh one and leaves its parent's alone, even
/// undropped: sockets, runtimes and locks in it are not the child's to touch.
#[derive(Debug, Default)]
pub struct PerThread<T: Default> {
    process: u32,
    value: T,
}

impl<T: Default> PerThread<T> {
    /// Begins as `value`, which holds nothing that a process owns.
    pub const fn new(value: T) -> Self {
        PerThread { process: 0, value }
    }

    /// This process's.
    pub fn get(&mut self) -> &mut T {
        self.get_as(std::process::id())
    }

    fn get_as(&mut self, process: u32) -> &mut T {
        if self.process != process {
            // What it began with is nobody's.
            if self.process != 0 {
                std::mem::forget(std::mem::take(&mut self.value));
            }
            self.process = process;
        }
        &mut self.value
    }
}

impl<T: Default> Drop for PerThread<T> {
    fn drop(&mut self) {
        self.get();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;
    use std::sync::Mutex;

    #[test]
    fn a_child_and_its_own_child_begin_anew_whatever_the_parent_held() {
        let cell = PerProcess::of(1, |_| Mutex::new(0), None);
        let mut held = cell.get_as(1).lock().unwrap();
        *held = 7;
        *cell.get_as(2).try_lock().unwrap() += 1;
        assert_eq!(*cell.get_as(2).try_lock().unwrap(), 1);
        assert_eq!(*cell.get_as(3).try_lock().unwrap(), 0);
    }

    #[test]
    fn what_a_child_begins_with_may_depend_on_its_parents() {
        let generation = |parents: Option<&u32>| parents.map_or(1, |parents| parents + 1);
        let cell = PerProcess::of(10, generation, None);
        assert_eq!((*cell.get_as(11), *cell.get_as(12), *cell.get_as(10)), (2, 3, 1));
    }

    #[test]
    fn what_a_thread_begins_with_is_used_and_dropped() {
        let first = Rc::new(());
        let mut own = PerThread::new(Some(Rc::clone(&first)));
        assert!(own.get_as(std::process::id()).is_some());
        drop(own);
        assert_eq!(Rc::strong_count(&first), 1);
    }

    #[test]
    fn a_thread_of_a_child_neither_sees_nor_drops_what_the_parents_had() {
        let mut own = PerThread::new(None);
        let parents = Rc::new(());
        *own.get_as(1) = Some(Rc::clone(&parents));
        assert!(own.get_as(1).is_some());
        assert!(own.get_as(2).is_none());
        assert_eq!(Rc::strong_count(&parents), 2);
    }
}
