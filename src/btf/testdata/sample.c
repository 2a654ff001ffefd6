/* Known values in every kind of member. record.sh compiles it for a little- and a big-endian machine. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;

enum verdict { DROP = -2, PASS = 0, QUEUE = 3 };
enum stage { EARLY, LATE = 200 };

struct list { struct list *next, *prev; };
struct flags { u8 kind : 3, on : 1, : 2, mode : 2; };

struct packet {
  struct list link;
  union {
    struct { u32 saddr; u32 daddr; };
    u64 pair;
  };
  u32 low : 5;
  u32 middle : 20;
  u32 high : 7;
  s32 signed_low : 4;
  s32 signed_high : 12;
  u8 tail : 1;
  u8 rest : 7;
  u16 ports[2];
  struct flags flags[3];
  u64 wide : 40;
  u64 wider : 24;
  enum verdict verdict;
  enum stage stage : 8;
  const char *const names[2];
  int (*handler)(struct packet *, const void *, ...);
  u8 grid[2][2];
  struct { struct { u16 deep; }; } inner;
  struct packet *parent;
  u8 data[];
};

struct __attribute__((packed)) tight {
  u8 head;
  u32 odd : 13;
  u32 crossing : 22;
  u64 last : 37;
  u32 whole;
};

struct packet packet = {
  .saddr = 0x01020304, .daddr = 0x05060708,
  .low = 21, .middle = 0xabcde, .high = 99, .signed_low = -3, .signed_high = -1234, .tail = 1, .rest = 85,
  .ports = { 0x1234, 0x5678 },
  .flags = { { 5, 1, 2 }, { 3, 0, 1 }, { 6, 1, 3 } },
  .wide = 0xa1b2c3d4e5ULL, .wider = 0xf6a7b8,
  .verdict = DROP, .stage = LATE,
  .grid = { { 1, 2 }, { 3, 4 } },
  .inner = { { 0xbeef } },
  .data = { 0x11, 0x22, 0x33 },
};

struct tight tight = { .head = 0x7f, .odd = 0x1abc, .crossing = 0x2fedcb, .last = 0x1876543210ULL, .whole = 0xdeadbeef };

int classify(struct packet *packet, u32 mark) { return packet->low + mark; }
static __attribute__((noinline, used)) int inspect(int hook, const struct packet *packet) { return packet->high + hook; }
enum verdict judge(struct list *list, struct packet *const packet, struct tight tight) { (void)list; return packet->verdict + tight.head; }
void ignore(struct packet packet, struct packet **indirect) { (void)packet; (void)indirect; }
