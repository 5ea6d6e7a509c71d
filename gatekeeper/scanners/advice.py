"""What to do about a Bandit finding, in a sentence that a developer can act on."""

from __future__ import annotations

_XML = "Parse XML from outside with defusedxml, or refuse document type declarations and entities."
_PICKLE = "Exchange data as JSON or in another format that holds no code; sign what must stay as it is."
_SHELL = "Pass the program and its words as a list, without shell=True, and take none of them from input unchecked."
_TLS = "Use ssl.create_default_context(), which sets protocol versions and validation, and do not lower them."
_CIPHER = "Use an authenticated cipher of the cryptography package, such as AES-GCM or ChaCha20-Poly1305."
_KEPT_OUTSIDE = "Read the secret at run time from the environment, a file that the installer writes, or a key store."
_HTML = "Let the template engine escape; mark as safe only text that the code itself wrote in full."

_FIX: dict[str, str] = {
    "B101": "Raise an exception of your own where the condition must hold in the product; keep assert for tests.",
    "B102": "Replace exec by a function, a table of functions, or a parser for the few forms that are allowed.",
    "B103": "Give the file no more than its owner needs: 0o600 for data, 0o700 for what is executed.",
    "B104": "Bind to 127.0.0.1 or to the one interface that is meant, and make any wider binding a stated setting.",
    "B105": _KEPT_OUTSIDE,
    "B106": _KEPT_OUTSIDE,
    "B107": f"Take the default away so that the caller has to give it. {_KEPT_OUTSIDE}",
    "B108": "Use tempfile.mkstemp() or TemporaryDirectory(), which make names that nobody can take first.",
    "B110": "Catch the one exception that is expected, and log or handle it; let the others through.",
    "B112": "Catch the one exception that is expected, and log what was left out before going on.",
    "B113": "Give timeout=(connect, read) in seconds with every request.",
    "B201": "Start the application with debug=False; take the setting from configuration that is off by default.",
    "B202": "Extract with filter='data', and keep the target folder apart.",
    "B301": _PICKLE,
    "B302": _PICKLE,
    "B303": "Use SHA-256 or better; for passwords a key derivation such as scrypt.",
    "B304": _CIPHER,
    "B305": "Use GCM, or CBC with a separate authentication; ECB shows patterns of the plain text.",
    "B306": "Use tempfile.mkstemp() or NamedTemporaryFile().",
    "B307": "Use ast.literal_eval for literals, or a parser for what the input may say.",
    "B308": _HTML,
    "B310": "Check that the address begins with https:// before opening it; file: and ftp: are opened as well.",
    "B311": "Use the secrets module for tokens, keys, session ids and anything that must not be guessed.",
    "B312": "Use SSH, or TLS with validation; Telnet sends everything in the clear.",
    "B313": _XML,
    "B314": _XML,
    "B315": _XML,
    "B316": _XML,
    "B317": _XML,
    "B318": _XML,
    "B319": _XML,
    "B321": "Use SFTP, or HTTPS; FTP sends names, passwords and data in the clear.",
    "B323": _TLS,
    "B324": "Use SHA-256 or better; where no secret depends on it, say usedforsecurity=False.",
    "B401": "Use SSH, or TLS with validation, instead of telnetlib.",
    "B402": "Use SFTP, or HTTPS, instead of ftplib.",
    "B403": _PICKLE,
    "B404": _SHELL,
    "B405": _XML,
    "B406": _XML,
    "B407": _XML,
    "B408": _XML,
    "B409": _XML,
    "B411": "Use defusedxml.xmlrpc, or an interface in JSON over HTTPS.",
    "B412": "Serve through WSGI with a maintained server; CGI takes a Proxy header for a setting.",
    "B413": "Use the cryptography package; PyCrypto is no longer maintained.",
    "B415": "Reach the management controller over TLS; IPMI is known to be insecure.",
    "B501": "Leave verify on; give a private certificate authority as verify='/path/ca.pem'.",
    "B502": _TLS,
    "B503": _TLS,
    "B504": _TLS,
    "B505": "Use at least 3072 bits for RSA and DSA, and P-256 or better for elliptic curves.",
    "B506": "Use yaml.safe_load().",
    "B507": "Load known host keys and keep RejectPolicy.",
    "B508": "Use SNMP version 3.",
    "B509": "Use SNMP version 3 with authentication and privacy (authPriv).",
    "B601": "Build the remote command from fixed words, and quote each piece of data with shlex.quote().",
    "B602": _SHELL,
    "B603": "Check each word that comes from input against what is allowed, and name the program by its path.",
    "B604": _SHELL,
    "B605": "Use subprocess.run() with a list instead of os.system() or os.popen().",
    "B606": "Check each word that comes from input, and prefer subprocess.run() with a time limit.",
    "B607": "Name the program by its full path, or look it up with shutil.which() at a known place.",
    "B608": "Give values as parameters of the query; take names of tables and columns from a fixed list.",
    "B609": "List the files in Python and pass their names, instead of a wildcard that a file name can abuse.",
    "B610": "Use the query API's expressions instead of extra().",
    "B611": "Give values as params of RawSQL, and keep the statement constant.",
    "B612": "Give verify= a function that accepts signed configuration only, or read configuration from a file.",
    "B613": "Remove the bidirectional control characters; write them as escapes where the text needs them.",
    "B614": "Load with weights_only=True, or from safetensors, and check the file's digest first.",
    "B615": "Pin the revision to a commit digest.",
    "B701": "Create the environment with autoescape=select_autoescape().",
    "B702": "Escape every expression, as with default_filters=['h'].",
    "B703": _HTML,
    "B704": "Use Markup('...').format(value) with a constant text: it escapes the values.",
}


def how_to_fix(test: str) -> str:
    """The next step for a test's finding; empty where there is none better than the rule's own remedy."""
    return _FIX.get(test, "")
