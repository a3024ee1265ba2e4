//! An allocator that counts for the thread it serves.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// Counts the allocations, and the bytes that are in use.
pub struct Counting;

// By thread: counting must not make threads share a cache line that they would not share else.
thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn note(bytes: isize, allocations: u64) {
    IN_USE.set(IN_USE.get() + bytes);
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize, 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize, 1);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize), 0);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize - layout.size() as isize, 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Bytes that this thread has in use, if [`Counting`] is the global allocator.
pub fn bytes_in_use() -> isize {
    IN_USE.get()
}

/// How often this thread allocated, if [`Counting`] is the global allocator.
pub fn allocations() -> u64 {
    ALLOCATIONS.get()
}
