//! The first and the last instruction: own stack, system calls, panics.

use core::arch::{asm, global_asm};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::ptr;

/// Bytes of the program's stack; far more than it may use.
pub(crate) const STACK_LEN: usize = 64 * 1024;

/// What the stack is filled with at the start, to find afterwards how deep it was used.
const PAINT: u8 = 0xa5;
const PANICKED: u8 = 101;

#[repr(C, align(16))]
struct Stack(UnsafeCell<[u8; STACK_LEN]>);

// SAFETY: the program has one thread.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_LEN]));

// The kernel jumps to `_start`. The stack grows down from the end of `STACK`, which is aligned as
// a call expects it.
global_asm!(
    ".globl _start",
    "_start:",
    "mov rdi, offset {stack}",
    "mov ecx, {len}",
    "mov al, {paint}",
    "rep stosb",
    "mov rsp, rdi",
    "xor ebp, ebp",
    "call {entry}",
    "ud2",
    stack = sym STACK,
    len = const STACK_LEN,
    paint = const PAINT,
    entry = sym crate::entry,
);

/// The most bytes of the stack that were in use at one time.
pub(crate) fn stack_depth() -> usize {
    let base = STACK.0.get().cast::<u8>();
    let untouched = (0..STACK_LEN)
        // SAFETY: `at` is within the stack, and its lower end is not in use now.
        .take_while(|at| unsafe { ptr::read_volatile(base.add(*at)) } == PAINT)
        .count();
    STACK_LEN - untouched
}

/// Writes to standard output, or to standard error with `is_error`; what fails is left out.
pub(crate) fn print(text: &str, is_error: bool) {
    const WRITE: usize = 1;
    let descriptor = 1 + usize::from(is_error);
    // SAFETY: the kernel only reads the text.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") WRITE => _,
            in("rdi") descriptor,
            in("rsi") text.as_ptr(),
            in("rdx") text.len(),
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
}

/// Ends the program.
pub(crate) fn exit(code: u8) -> ! {
    const EXIT_GROUP: usize = 231;
    // SAFETY: does not return.
    unsafe {
        asm!(
            "syscall",
            in("rax") EXIT_GROUP,
            in("rdi") usize::from(code),
            options(noreturn, nostack),
        )
    }
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    exit(PANICKED)
}
