// The test bed's guest: a virtual machine without an operating system. It answers pings, burns CPU as it is told by a
// datagram, and counts how much of it it has burnt. What its files share:
//   machine.c  interrupts, clock and timer      network.c  the network device
//   frames.c   what it answers                  guest.c    its life
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "d"(port)); }
static inline u32 read32(u64 address) { return *(volatile u32 *)address; }
static inline void write32(u64 address, u32 value) { *(volatile u32 *)address = value; }
static inline void disable_interrupts(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void enable_interrupts(void) { __asm__ volatile("sti" : : : "memory"); }
// An interrupt cannot come between the two: it ends the halt.
static inline void enable_and_halt(void) { __asm__ volatile("sti\n\thlt" : : : "memory"); }
static inline void order_memory(void) { __asm__ volatile("mfence" : : : "memory"); }
static inline u64 ticks(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

// machine.c
extern u64 ticks_per_ms;              // of ticks()
void set_up_machine(u32 network_pin); // interrupts stay disabled
void set_timer(u64 ns);               // one interrupt in so many ns, 4 s at most; 0: none
extern volatile int timer_is_set;     // until its interrupt has come
void end_of_interrupt(void);
void write_text(const char *text);    // to the serial port
void power_off(void) __attribute__((noreturn));

// network.c
extern u8 own_mac[6];
int set_up_network(u64 registers);    // is it a network device?
void send_frame(const u8 *frame, u32 length);

// frames.c
extern u8 own_address[4];
void on_frame(u8 *frame, u32 length); // answers in place: the frame is changed

// guest.c
extern volatile u64 loops;            // pieces of work done
extern volatile u32 duty;             // percent of each period to burn
extern volatile u32 period_us;
extern volatile u64 heard;            // ticks() when it was last told something
const char *number_at(const char *text, u64 *number); // reads 12 or 0x1f; returns what follows
