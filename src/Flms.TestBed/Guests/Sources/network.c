// The network device: virtio-net behind virtio-mmio in its first form (virtio 1.0, sections 4.2.4 and 2.4), two queues
// of 64 buffers, one interrupt for received frames and none for sent ones.
#include "guest.h"

enum {
  MAGIC = 0x000, VERSION = 0x004, HOST_FEATURES = 0x010, HOST_FEATURES_PAGE = 0x014, GUEST_FEATURES = 0x020,
  GUEST_FEATURES_PAGE = 0x024, PAGE_SIZE = 0x028, QUEUE = 0x030, QUEUE_LENGTH = 0x038, QUEUE_ALIGN = 0x03c,
  QUEUE_PAGE = 0x040, NOTIFY = 0x050, INTERRUPTS = 0x060, ACKNOWLEDGE = 0x064, STATUS = 0x070, CONFIGURATION = 0x100,
};
enum { ACKNOWLEDGED = 1, DRIVER = 2, DRIVER_IS_READY = 4 };
enum { RECEIVE = 0, SEND = 1 };
#define HAS_MAC (1u << 5)
#define DEVICE_WRITES 2
#define NO_INTERRUPT 1

#define LENGTH 64
#define HEADER 10 // before each frame: nothing in it is used
#define BUFFER 2048
#define PAGE 4096

struct descriptor { u64 address; u32 length; u16 flags, next; };
struct available { u16 flags; volatile u16 index; u16 ring[LENGTH]; };
struct used { u16 flags; volatile u16 index; volatile struct { u32 id, length; } ring[LENGTH]; };

// As the device wants it: descriptors and the available ring from a page on, the used ring from the next.
struct queue {
  struct descriptor descriptors[LENGTH];
  struct available available;
  u8 filling[PAGE - LENGTH * sizeof(struct descriptor) - sizeof(struct available)];
  struct used used __attribute__((aligned(PAGE)));
} __attribute__((aligned(PAGE)));

static struct queue queues[2];
static u8 buffers[2][LENGTH][BUFFER];
static u64 device;
static u16 taken; // of the received frames
static u16 sent;

u8 own_mac[6];

static void copy(u8 *to, const u8 *from, u32 bytes) {
  while (bytes--) *to++ = *from++;
}

static void offer(int which, u16 buffer, u32 length) {
  struct queue *queue = &queues[which];
  queue->descriptors[buffer] = (struct descriptor){
    (u64)buffers[which][buffer], length, which == RECEIVE ? DEVICE_WRITES : 0, 0};
  queue->available.ring[queue->available.index % LENGTH] = buffer;
  order_memory();
  queue->available.index++;
}

static void notify(u32 which) {
  order_memory();
  write32(device + NOTIFY, which);
}

static void set_up_queue(u32 which) {
  write32(device + QUEUE, which);
  write32(device + QUEUE_LENGTH, LENGTH);
  write32(device + QUEUE_ALIGN, PAGE);
  write32(device + QUEUE_PAGE, (u32)((u64)&queues[which] / PAGE));
}

int set_up_network(u64 registers) {
  device = registers;
  if (read32(device + MAGIC) != 0x74726976 || read32(device + VERSION) != 1) return 0;
  write32(device + STATUS, 0);
  write32(device + STATUS, ACKNOWLEDGED | DRIVER);
  write32(device + HOST_FEATURES_PAGE, 0);
  write32(device + GUEST_FEATURES_PAGE, 0);
  write32(device + GUEST_FEATURES, read32(device + HOST_FEATURES) & HAS_MAC);
  write32(device + PAGE_SIZE, PAGE);
  for (int i = 0; i < 6; i++) own_mac[i] = *(volatile u8 *)(device + CONFIGURATION + i);
  set_up_queue(RECEIVE);
  set_up_queue(SEND);
  queues[SEND].available.flags = NO_INTERRUPT;
  for (u16 i = 0; i < LENGTH; i++) offer(RECEIVE, i, BUFFER);
  write32(device + STATUS, ACKNOWLEDGED | DRIVER | DRIVER_IS_READY);
  notify(RECEIVE);
  return 1;
}

void send_frame(const u8 *frame, u32 length) {
  // An answer too many is lost, as in any network; a 65th buffer would make QEMU give up the device for good.
  if ((u16)(sent - queues[SEND].used.index) >= LENGTH) return;
  u16 buffer = sent++ % LENGTH;
  for (int i = 0; i < HEADER; i++) buffers[SEND][buffer][i] = 0;
  copy(buffers[SEND][buffer] + HEADER, frame, length);
  offer(SEND, buffer, HEADER + length);
  notify(SEND);
}

void on_network(void) {
  write32(device + ACKNOWLEDGE, read32(device + INTERRUPTS));
  u16 before = taken;
  while (taken != queues[RECEIVE].used.index) {
    u32 buffer = queues[RECEIVE].used.ring[taken % LENGTH].id;
    u32 length = queues[RECEIVE].used.ring[taken % LENGTH].length;
    taken++;
    if (length > HEADER) on_frame(buffers[RECEIVE][buffer] + HEADER, length - HEADER);
    offer(RECEIVE, (u16)buffer, BUFFER);
  }
  if (taken != before) notify(RECEIVE);
  end_of_interrupt();
}
