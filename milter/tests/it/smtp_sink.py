"""A server that keeps every message in a file: smtp_sink.py PORT FOLDER."""
import os, socketserver, sys, threading

count, lock = [0], threading.Lock()

class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 sink")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                message = b""
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    message += line[1:] if line.startswith(b".") else line
                with lock:
                    count[0] += 1
                    name = os.path.join(sys.argv[2], f"{count[0]:04}")
                with open(name + ".part", "wb") as file:
                    file.write(message)
                os.rename(name + ".part", name + ".eml")
            if word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 fine")

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

Server(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
