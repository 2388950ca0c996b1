"""Sends each line of FOLDER/mail.jsonl to a Postfix as if from its client, and writes the replies to FOLDER/replies.jsonl."""
import json, os, smtplib, sys, time

port, folder = int(sys.argv[1]), sys.argv[2]

def connect():
    for _ in range(200):
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=60)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("there is no Postfix")

replies = []
for line in open(os.path.join(folder, "mail.jsonl")):
    mail = json.loads(line)
    smtp = connect()
    smtp.ehlo("tester")
    if mail["ip"] != "127.0.0.1":
        login = f" LOGIN={mail['login']}" if mail.get("login") else ""
        code, text = smtp.docmd(f"XCLIENT NAME=[UNAVAILABLE] ADDR={mail['ip']}{login}")
        assert code == 220, (code, text)
    smtp.ehlo(mail["helo"])
    smtp.mail(mail["sender"])
    smtp.rcpt("ann@example.org")
    code, text = smtp.data(mail["raw"].encode())
    replies.append({"name": mail["name"], "code": code, "text": text.decode()})
    smtp.close()
accepted = sum(reply["code"] == 250 for reply in replies)
mails = os.path.join(folder, "mail")
for _ in range(300):
    if len([name for name in os.listdir(mails) if name.endswith(".eml")]) >= accepted:
        break
    time.sleep(0.1)
with open(os.path.join(folder, "replies.jsonl"), "w") as file:
    for reply in replies:
        file.write(json.dumps(reply) + "\n")
