"""Answers https on a port of its own, which it prints, and hands what arrives to a plain server.

    python3 tests/remote/tls.py CERTIFICATE KEY PORT
"""

import select
import socket
import ssl
import sys
import threading

certificate, key, port = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def serve(connection):
    try:
        connection = context.wrap_socket(connection, server_side=True)
        plain = socket.create_connection(("127.0.0.1", int(port)))
        while True:
            both = [connection, plain]
            for source in [connection] if connection.pending() else select.select(both, [], [])[0]:
                data = source.recv(1 << 16)
                if not data:
                    return
                (plain if source is connection else connection).sendall(data)
    except OSError:
        # A client that does not trust the certificate ends so.
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
