"""certs.py - a certificate authority for one day, and a server certificate under it.

Why     The program under test checks certificates; nothing of ours may be committed
        that anybody could be made to trust.
How     The openssl command makes both.  The authority's key is deleted at once, so
        that ca.pem can vouch for nothing else afterwards.
Output  ca.pem, server.pem (leaf), server.key in the directory.
"""
import ipaddress
import os
import secrets
import ssl
import subprocess

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
O = venue simulator
CN = {name}
[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature{rsa}
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {san}
"""


def run(*command):
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {p.stderr.strip()}")


def make_key(kind, path):
    if kind == "rsa":
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
            path)
    else:
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-out", path)
    os.chmod(path, 0o600)


def alternative_name(name):
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def make(directory, names=(), kind="ec"):
    """Certificates for localhost, 127.0.0.1, ::1 and `names`."""
    at = lambda name: os.path.join(directory, name)
    every = list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *names]))
    text = CONFIG.format(name="{name}", rsa=",keyEncipherment" if kind == "rsa" else "",
                         san=",".join(alternative_name(n) for n in every))
    with open(at("ca.cnf"), "w") as f:
        f.write(text.replace("{name}", "venue simulator CA"))
    with open(at("leaf.cnf"), "w") as f:
        f.write(text.replace("{name}", "simulated venue"))
    try:
        make_key(kind, at("ca.key"))
        run("openssl", "req", "-x509", "-new", "-sha256", "-days", "1", "-config", at("ca.cnf"),
            "-extensions", "ca", "-key", at("ca.key"), "-set_serial", serial(), "-out",
            at("ca.pem"))
        make_key(kind, at("server.key"))
        run("openssl", "req", "-new", "-sha256", "-config", at("leaf.cnf"), "-key",
            at("server.key"),
            "-out", at("server.csr"))
        run("openssl", "x509", "-req", "-sha256", "-days", "1", "-in", at("server.csr"), "-CA",
            at("ca.pem"),
            "-CAkey", at("ca.key"), "-set_serial", serial(), "-extfile", at("leaf.cnf"),
            "-extensions", "leaf", "-out", at("server.pem"))
    finally:
        for name in ("ca.key", "ca.cnf", "leaf.cnf", "server.csr"):
            if os.path.exists(at(name)):
                os.unlink(at(name))


def serial():
    return f"0x{secrets.randbits(63) | 1 << 62:x}"


def server_context(directory, version=None, on_name=None):
    """version: None both, "1.2" or "1.3".  on_name(ssl_object, name): the SNI asked."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(os.path.join(directory, "server.pem"),
                        os.path.join(directory, "server.key"))
    ctx.minimum_version = ssl.TLSVersion.TLSv1_3 if version == "1.3" else ssl.TLSVersion.TLSv1_2
    ctx.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    ctx.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    ctx.set_alpn_protocols(["http/1.1"])
    if on_name:
        ctx.sni_callback = lambda obj, name, _ctx: on_name(obj, name)
    return ctx
