"""milter_within.py SOCKET FILE CONNECTIONS PID: opens connections, sends half of a message over each, and prints the
resident memory of the process then and at its highest."""

import socket
import struct
import sys

PATH, FILE, COUNT, PID = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HEADER, _, BODY = open(FILE, "rb").read().partition(b"\r\n\r\n")


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(PATH)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)))
        self.steps = struct.unpack(">III", self.reply()[1:13])[2]

    def reply(self):
        return self.file.read(struct.unpack(">I", self.file.read(4))[0])

    def tell(self, command, data, unanswered, skipped):
        """Tells, unless that is not wanted; waits for an answer, if there is to be one."""
        if self.steps & skipped:
            return b"c"
        self.socket.sendall(packet(command, data))
        return b"c" if self.steps & unanswered else self.reply()

    def begin(self):
        self.tell(b"C", b"mail.bench.example\x004" + struct.pack(">H", 4711) + b"192.0.2.57\0", 0x1000, 0x01)
        self.tell(b"H", b"mail.bench.example\0", 0x2000, 0x02)
        self.tell(b"M", b"<bounce@bench.example>\0", 0x4000, 0x04)
        self.tell(b"R", b"<user@receiver.example>\0", 0x8000, 0x08)
        self.tell(b"T", b"", 0x10000, 0x200)
        space = b" " if self.steps & 0x100000 else b""
        for field in HEADER.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
            name, _, value = field.partition(b":")
            self.tell(b"L", name + b"\0" + space + value.removeprefix(b" ") + b"\0", 0x80, 0x20)
        self.tell(b"N", b"", 0x40000, 0x40)

    def chunk(self, number):
        self.tell(b"B", BODY[number * 65535 : (number + 1) * 65535], 0x80000, 0x10)


def memory(what):
    with open(f"/proc/{PID}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what)) / 1024


connections = [Connection() for _ in range(COUNT)]
for connection in connections:
    connection.begin()
for number in range(len(BODY) // 65535 // 2):
    for connection in connections:
        connection.chunk(number)
print(f"{memory('VmRSS'):.0f} MB (highest {memory('VmHWM'):.0f} MB)")
