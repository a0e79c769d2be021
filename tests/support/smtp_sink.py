"""A mail server on loopback for tests: smtp_sink.py PORT FOLDER [CERTIFICATE KEY].

Each message is two files of FOLDER: <n>.eml as it came, then <n>.json with its envelope. Recipients
that begin with "refused" are refused for good, with "later" for now. With a certificate it wants
STARTTLS and then the account user, password.
"""
import asyncio
import json
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.3.0 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        (self.folder / f"{self.count}.eml").write_bytes(envelope.content)
        unfinished = self.folder / f"{self.count}.tmp"
        unfinished.write_text(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
            "user": session.auth_data.decode() if session.auth_data else ""}))
        unfinished.rename(self.folder / f"{self.count}.json")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"user" and data.password == b"password"
    return AuthResult(success=good, handled=good, auth_data=data.login)


async def main(port, folder, certificate=None, key=None):
    sink = Sink(pathlib.Path(folder))
    manners = {"enable_SMTPUTF8": True}
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        manners |= {"tls_context": tls, "require_starttls": True, "auth_required": True,
                    "authenticator": authenticate}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, **manners), "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
