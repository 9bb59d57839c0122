"""The workloads on SimPy: pCPUs and I/O vCPUs are processes. See ../README.md."""

import collections
import json
import sys
import time

import simpy

WORK = 100  # us, for each wake-up of an I/O vCPU


class RoundRobin:
    def __init__(self, part, pcpus, per_pcpu, slice_us, end):
        self.part, self.pcpus, self.vcpus = part, pcpus, pcpus * per_pcpu
        self.slice, self.end = slice_us, end
        self.env = simpy.Environment()
        self.queues = [collections.deque() for _ in range(pcpus if part else 1)]
        self.idle = [None] * pcpus
        self.idlers = 0
        self.done = [None] * self.vcpus
        self.woken_at = [-1] * self.vcpus
        self.wakes = self.slice_ends = self.completions = self.decisions = self.wait_sum = self.wait_max = 0

    def is_hog(self, v):
        return v // self.pcpus % 2 == 0

    def run(self):
        for v in range(self.vcpus):
            if self.is_hog(v):
                self.wake(v)
            else:
                self.env.process(self.guest(v))
        for p in range(self.pcpus):
            self.env.process(self.pcpu(p))
        # What happens at the end itself still counts.
        self.env.run(until=self.end + 0.5)

    def wake(self, v):
        self.wakes += 1
        self.queues[v % self.pcpus if self.part else 0].append(v)
        if not self.idlers:
            return
        for p in [v % self.pcpus] if self.part else range(self.pcpus):
            if self.idle[p] is not None:
                event, self.idle[p] = self.idle[p], None
                self.idlers -= 1
                event.succeed()
                return

    def guest(self, v):
        env, sleep = self.env, 4000 + v * 7919 % 2048
        while True:
            yield env.timeout(sleep)
            self.woken_at[v] = env.now
            self.done[v] = env.event()
            self.wake(v)
            yield self.done[v]

    def pcpu(self, p):
        env, queue = self.env, self.queues[p if self.part else 0]
        while True:
            while not queue:
                self.idle[p] = env.event()
                self.idlers += 1
                yield self.idle[p]
            v = queue.popleft()
            self.decisions += 1
            if self.is_hog(v):
                yield env.timeout(self.slice)
                self.slice_ends += 1
                queue.append(v)
            else:
                waited = env.now - self.woken_at[v]
                self.wait_sum += waited
                self.wait_max = max(self.wait_max, waited)
                yield env.timeout(WORK)
                self.completions += 1
                self.done[v].succeed()


def hold(pending, events):
    delays, x, mask = [], 88172645463325252, 2**64 - 1
    for _ in range(4096):
        x ^= x >> 12
        x = (x ^ x << 25) & mask
        x ^= x >> 27
        delays.append(1 + ((x * 2685821657736338717 & mask) >> 44))
    env = simpy.Environment()
    state = [0, events]

    def event():
        while state[1] > 0:
            state[0] += 1
            yield env.timeout(delays[state[0] - 1 & 4095])
            state[1] -= 1

    for _ in range(pending):
        env.process(event())
    env.run()


def main(args):
    began = time.process_time_ns()
    if len(args) == 6 and args[0] == "vrr":
        model = RoundRobin(args[1] == "part", *map(int, args[2:]))
        model.run()
        counts = {
            "events": model.wakes + model.slice_ends + model.completions, "wakes": model.wakes,
            "slice_ends": model.slice_ends, "completions": model.completions, "decisions": model.decisions,
            "wait_sum": model.wait_sum, "wait_max": model.wait_max,
        }
    elif len(args) == 3 and args[0] == "hold":
        hold(int(args[1]), int(args[2]))
        counts = {"events": int(args[2])}
    else:
        print("usage: main.py vrr part|glob PCPUS PER_PCPU SLICE_US END_US | hold PENDING EVENTS", file=sys.stderr)
        return 2
    print(json.dumps(counts | {"cpu_ns": time.process_time_ns() - began}))
    return 0


sys.exit(main(sys.argv[1:]))
