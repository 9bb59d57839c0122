// What the guest answers: who has its address (ARP), pings (ICMP echo), and datagrams to port 7000, by which it is told
// what to do: "set DUTY PERIOD_US" or "read". The answer to both is "loops N duty N period N".
#include "guest.h"

#define CONTROL_PORT 7000

enum { ARP = 0x0806, IP = 0x0800, ICMP_PROTOCOL = 1, UDP_PROTOCOL = 17, ECHO_ASKED = 8, ECHO_ANSWERED = 0 };

struct ethernet { u8 to[6], from[6]; u16 type; } __attribute__((packed));
struct arp { u16 link, protocol; u8 sizes[2]; u16 operation; u8 from_mac[6], from[4], to_mac[6], to[4]; }
  __attribute__((packed));
struct ip { u8 version, service; u16 length, id, fragment; u8 hops, protocol; u16 sum; u8 from[4], to[4]; }
  __attribute__((packed));
struct icmp { u8 type, code; u16 sum; } __attribute__((packed));
struct udp { u16 from, to, length, sum; } __attribute__((packed));

#define HEADERS (sizeof(struct ethernet) + sizeof(struct ip))

u8 own_address[4];

static u16 swapped(u16 value) { return (u16)(value << 8 | value >> 8); }

static void copy(void *to, const void *from, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
}

static int is_own(const u8 *address) {
  for (int i = 0; i < 4; i++)
    if (address[i] != own_address[i]) return 0;
  return 1;
}

// The Internet's checksum, in the order of the bytes as they lie.
static u16 checksum(const u8 *bytes, u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) sum += i % 2 ? (u32)bytes[i] << 8 : bytes[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (u16)~sum;
}

static void answer_arp(u8 *frame) {
  struct ethernet *ethernet = (struct ethernet *)frame;
  struct arp *arp = (struct arp *)(ethernet + 1);
  if (swapped(arp->operation) != 1 || !is_own(arp->to)) return;
  arp->operation = swapped(2);
  copy(arp->to_mac, arp->from_mac, 6);
  copy(arp->to, arp->from, 4);
  copy(arp->from_mac, own_mac, 6);
  copy(arp->from, own_address, 4);
  copy(ethernet->to, ethernet->from, 6);
  copy(ethernet->from, own_mac, 6);
  send_frame(frame, sizeof *ethernet + sizeof *arp);
}

// Sends the packet back to where it came from, with so many bytes behind its headers.
static void send_back(u8 *frame, u32 bytes) {
  struct ethernet *ethernet = (struct ethernet *)frame;
  struct ip *ip = (struct ip *)(ethernet + 1);
  copy(ethernet->to, ethernet->from, 6);
  copy(ethernet->from, own_mac, 6);
  copy(ip->to, ip->from, 4);
  copy(ip->from, own_address, 4);
  ip->length = swapped((u16)(sizeof *ip + bytes));
  ip->hops = 64;
  ip->sum = 0;
  ip->sum = checksum((u8 *)ip, sizeof *ip);
  send_frame(frame, HEADERS + bytes);
}

static char *put_text(char *to, const char *text) {
  while (*text) *to++ = *text++;
  return to;
}

static char *put_number(char *to, u64 number) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10); while (number /= 10);
  while (count > 0) *to++ = digits[--count];
  return to;
}

static void do_as_told(const char *text) {
  u64 number;
  if (text[0] != 's') return;
  text = number_at(text + 3, &number);
  duty = (u32)number;
  number_at(text, &number);
  if (number > 0) period_us = (u32)number;
}

static void answer_control(u8 *frame, u32 bytes) {
  struct udp *udp = (struct udp *)(frame + HEADERS);
  char *text = (char *)(udp + 1);
  text[bytes - sizeof *udp] = 0; // the buffer is longer than any frame
  heard = ticks();
  do_as_told(text);
  char *end = put_number(put_text(text, "loops "), loops);
  end = put_number(put_text(end, " duty "), duty);
  end = put_number(put_text(end, " period "), period_us);
  u16 from = udp->from;
  udp->from = udp->to;
  udp->to = from;
  udp->sum = 0; // which means: none
  u32 length = (u32)(end - (char *)udp);
  udp->length = swapped((u16)length);
  send_back(frame, length);
}

static void answer_ip(u8 *frame, u32 length) {
  struct ip *ip = (struct ip *)(frame + sizeof(struct ethernet));
  u32 whole = swapped(ip->length);
  if (ip->version != 0x45 || !is_own(ip->to) || whole < sizeof *ip + 8
    || whole + sizeof(struct ethernet) > length) return;
  u32 bytes = whole - sizeof *ip;
  struct icmp *icmp = (struct icmp *)(ip + 1);
  struct udp *udp = (struct udp *)(ip + 1);
  if (ip->protocol == ICMP_PROTOCOL && icmp->type == ECHO_ASKED) {
    icmp->type = ECHO_ANSWERED;
    icmp->sum = 0;
    icmp->sum = checksum((u8 *)icmp, bytes);
    send_back(frame, bytes);
  } else if (ip->protocol == UDP_PROTOCOL && swapped(udp->to) == CONTROL_PORT) {
    answer_control(frame, bytes);
  }
}

void on_frame(u8 *frame, u32 length) {
  u16 type = swapped(((struct ethernet *)frame)->type);
  if (type == ARP && length >= sizeof(struct ethernet) + sizeof(struct arp)) answer_arp(frame);
  if (type == IP && length >= HEADERS + sizeof(struct udp)) answer_ip(frame, length);
}
