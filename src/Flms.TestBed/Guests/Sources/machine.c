// Interrupts, clock and timer: the local APIC, the I/O APIC, the time stamp counter.
#include "guest.h"

#define LOCAL_APIC 0xfee00000ull
#define END_OF_INTERRUPT 0x0b0
#define SPURIOUS 0x0f0
#define TIMER 0x320
#define TIMER_FROM 0x380
#define TIMER_AT 0x390
#define TIMER_DIVIDE 0x3e0
#define TIMER_MASKED 0x10000

#define IO_APIC 0xfec00000ull
#define SERIAL_PORT 0x3f8

enum { NETWORK_VECTOR = 0x40, TIMER_VECTOR = 0x41, SPURIOUS_VECTOR = 0xff };

struct gate {
  u16 low, selector;
  u8 stack, type;
  u16 middle;
  u32 high, zero;
} __attribute__((packed));

static struct gate gates[256];

u64 ticks_per_ms;
volatile int timer_is_set;

extern void network_entry(void), timer_entry(void), spurious_entry(void);

static void set_gate(int vector, void (*entry)(void)) {
  u64 address = (u64)entry;
  gates[vector] = (struct gate){(u16)address, 8, 0, 0x8e, (u16)(address >> 16), (u32)(address >> 32), 0};
}

static void load_gates(u16 bytes) {
  struct { u16 last; u64 address; } __attribute__((packed)) pointer = {bytes - 1, (u64)gates};
  __asm__ volatile("lidt %0" : : "m"(pointer));
}

static void io_apic(u32 index, u32 value) {
  write32(IO_APIC, index);
  write32(IO_APIC + 0x10, value);
}

// The APIC's timer counts down one a nanosecond in every QEMU. What it shows and the time stamp counter, at one moment:
// of many readings the one between whose two looks at the counter least time passed, since the host may stop us.
static u64 at_one_moment(u32 *count) {
  u64 best = ~0ull, at = 0;
  for (int i = 0; i < 100; i++) {
    u64 before = ticks();
    u32 read = read32(LOCAL_APIC + TIMER_AT);
    u64 took = ticks() - before;
    if (took < best) best = took, at = before + took / 2, *count = read;
  }
  return at;
}

static void measure_clock(void) {
  const u32 span_ns = 20000000;
  u32 first = 0, second = 0;
  write32(LOCAL_APIC + TIMER_DIVIDE, 0xb); // by 1
  write32(LOCAL_APIC + TIMER, TIMER_MASKED | TIMER_VECTOR);
  write32(LOCAL_APIC + TIMER_FROM, 0xffffffff);
  u64 begun = at_one_moment(&first);
  while (first - read32(LOCAL_APIC + TIMER_AT) < span_ns) {}
  u64 ended = at_one_moment(&second);
  write32(LOCAL_APIC + TIMER_FROM, 0);
  ticks_per_ms = (ended - begun) * 1000000 / (first - second);
}

void set_up_machine(u32 network_pin) {
  for (int i = 0; i < 256; i++) set_gate(i, spurious_entry);
  set_gate(NETWORK_VECTOR, network_entry);
  set_gate(TIMER_VECTOR, timer_entry);
  load_gates(sizeof gates);
  write32(LOCAL_APIC + SPURIOUS, 0x100 | SPURIOUS_VECTOR); // switches the APIC on
  measure_clock();
  io_apic(0x10 + 2 * network_pin + 1, 0);
  io_apic(0x10 + 2 * network_pin, NETWORK_VECTOR);
}

void set_timer(u64 ns) {
  timer_is_set = ns > 0;
  write32(LOCAL_APIC + TIMER, ns > 0 ? TIMER_VECTOR : TIMER_MASKED | TIMER_VECTOR);
  write32(LOCAL_APIC + TIMER_FROM, ns > 0xffffffff ? 0xffffffff : (u32)ns);
}

void on_timer(void) {
  timer_is_set = 0;
  end_of_interrupt();
}

void end_of_interrupt(void) { write32(LOCAL_APIC + END_OF_INTERRUPT, 0); }

void write_text(const char *text) {
  while (*text) out8(SERIAL_PORT, *text++);
}

// A fault while there are no gates resets the machine, and QEMU is told to end at a reset (-no-reboot).
void power_off(void) {
  load_gates(1);
  __asm__ volatile("ud2");
  for (;;) {}
}
