// The guest's life: what its command line says, then burning and sleeping until nobody tells it anything any more.
//   flms.ip=10.99.0.2     its address
//   flms.patience=120     it ends when it has not been told or asked anything for so many seconds
//   virtio_mmio.device=512@0xfeb00e00:12   its network device; QEMU adds this
#include "guest.h"

volatile u64 loops;
volatile u32 duty;
volatile u32 period_us = 20000;
volatile u64 heard;

static u64 patience = 120; // seconds

// What QEMU says at the start (hvm_start_info of PVH), as far as it matters here.
struct start { u32 magic, version, flags, modules; u64 module_list, command_line; };

static int is_digit(char c) { return c >= '0' && c <= '9'; }

const char *number_at(const char *text, u64 *number) {
  u64 value = 0;
  while (*text == ' ') text++;
  if (text[0] == '0' && text[1] == 'x')
    for (text += 2;; text++) {
      char letter = *text | 0x20;
      if (is_digit(*text)) value = value * 16 + (u64)(*text - '0');
      else if (letter >= 'a' && letter <= 'f') value = value * 16 + (u64)(letter - 'a' + 10);
      else break;
    }
  else
    for (; is_digit(*text); text++) value = value * 10 + (u64)(*text - '0');
  *number = value;
  return text;
}

// What stands behind the key; null if it is not there.
static const char *value_of(const char *line, const char *key) {
  for (; *line; line++) {
    int i = 0;
    while (key[i] && line[i] == key[i]) i++;
    if (!key[i]) return line + i;
  }
  return 0;
}

static void read_address(const char *text) {
  for (int i = 0; i < 4; i++) {
    u64 number;
    text = number_at(text, &number);
    own_address[i] = (u8)number;
    if (*text == '.') text++;
  }
}

static void die(const char *why) {
  write_text(why);
  power_off();
}

// A dead man's switch: should the lab be killed, its guests end by themselves.
static void end_if_forgotten(void) {
  if (ticks() - heard > patience * 1000 * ticks_per_ms) die("FLMS-FORGOTTEN\n");
}

static u64 ticks_of_us(u64 us) { return us * ticks_per_ms / 1000; }

// One piece of work: what it computes does not matter, only that it takes instructions, and no memory.
static u32 work(u32 seed) {
  for (int i = 0; i < 2000; i++) __asm__ volatile("imull $1664525, %0, %0\n\taddl $1013904223, %0" : "+r"(seed));
  loops++;
  return seed;
}

static void sleep_for(u64 ns, u32 while_duty) {
  set_timer(ns);
  for (;;) {
    disable_interrupts();
    if (!timer_is_set || duty != while_duty) break;
    enable_and_halt();
  }
  enable_interrupts();
  set_timer(0);
}

void guest_main(u32 start_information) {
  const struct start *start = (const struct start *)(u64)start_information;
  const char *line = (const char *)start->command_line, *value;
  u64 device = 0, pin = 0;
  if ((value = value_of(line, "flms.ip="))) read_address(value);
  if ((value = value_of(line, "flms.patience="))) number_at(value, &patience);
  if ((value = value_of(line, "virtio_mmio.device=")) && (value = value_of(value, "@")))
    number_at(number_at(value, &device) + 1, &pin);
  set_up_machine((u32)pin);
  if (!device || !set_up_network(device)) die("FLMS-NO-NETWORK\n");
  heard = ticks();
  enable_interrupts();
  write_text("FLMS-READY\n");

  u32 seed = 1;
  for (;;) {
    u32 percent = duty;
    end_if_forgotten();
    if (percent == 0) {
      sleep_for(4000000000ull, 0);
      continue;
    }
    // Busy for its part of each period by the clock, as a load generator that watches its own use is: what it was kept
    // from it does not make up for.
    u64 begun = ticks(), busy = ticks_of_us((u64)period_us * percent / 100), whole = ticks_of_us(period_us);
    do seed = work(seed); while (ticks() - begun < busy);
    u64 gone = ticks() - begun;
    if (percent < 100 && gone < whole) sleep_for((whole - gone) * 1000000 / ticks_per_ms, percent);
  }
}
