//! The same as `start` for a Cortex-M: a vector table, and calls of whoever debugs it
//! (semihosting), which an emulator answers.

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

// The first word is the stack's end, the second where to begin, the next two where faults lead.
global_asm!(
    ".section .vectors, \"a\"",
    ".word {stack} + {len}",
    ".word _start",
    ".word fault",
    ".word fault",
    ".text",
    ".globl _start",
    ".thumb_func",
    "_start:",
    "ldr r0, ={stack}",
    "ldr r1, ={stack} + {len}",
    "ldr r2, ={paint}",
    "0:",
    "stmia r0!, {{r2}}",
    "cmp r0, r1",
    "bne 0b",
    "bl {entry}",
    ".thumb_func",
    "fault:",
    "bl {fault}",
    stack = sym STACK,
    len = const STACK_LEN,
    paint = const u32::from_ne_bytes([PAINT; 4]),
    entry = sym crate::entry,
    fault = sym fault,
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

/// Writes to the debugger's console.
pub(crate) fn print(text: &str, _is_error: bool) {
    const WRITE_CHARACTER: usize = 0x03;
    for byte in text.as_bytes() {
        call(WRITE_CHARACTER, ptr::from_ref(byte).cast());
    }
}

/// Ends the program.
pub(crate) fn exit(code: u8) -> ! {
    const EXIT_WITH_CODE: usize = 0x20;
    const ENDED_BY_ITSELF: usize = 0x2_0026;
    let reason = [ENDED_BY_ITSELF, usize::from(code)];
    loop {
        call(EXIT_WITH_CODE, reason.as_ptr().cast());
    }
}

fn call(number: usize, argument: *const ()) {
    // SAFETY: the debugger only reads what `argument` leads to.
    unsafe {
        asm!("bkpt 0xab", inlateout("r0") number => _, in("r1") argument, options(nostack));
    }
}

extern "C" fn fault() -> ! {
    exit(PANICKED)
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    exit(PANICKED)
}
