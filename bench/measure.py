"""What bench/run measures. Every figure that depends on the machine is printed as a ratio to something measured in the
same minutes on the same machine; the others (CPU a request, memory, start) are plain."""

import html
import http.client
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

IPPO = sys.argv[1]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECS = min(int(os.environ.get("SECS", "4")), 20)
CONNECTIONS = 32
OFFICE = "みどり市ひきこもり地域支援センター"
LETTER = "夜中に書いています。三年ほど部屋にいます。何から話せばいいか、わかりません。" * 5
folder = tempfile.mkdtemp(prefix="ippo-bench-", dir=os.environ.get("TMPDIR", "/tmp"))
started = []
results = []


def main():
    say(f"# {time.strftime('%Y-%m-%d')} · {os.cpu_count()} cores · {ROUNDS} rounds of {SECS} s · {CONNECTIONS} connections · loopback")
    demo = Ippo.demo()
    pages(demo)
    letters(demo)
    returns(demo)
    demo.stop()
    idle()
    say("")
    say("| figure | measured | wanted | |")
    say("|---|---|---|---|")
    for name, measured, wanted, good in results:
        say(f"| {name} | {measured} | {wanted} | {'ok' if good else '**falls short**'} |")


# --- pages against nginx -------------------------------------------------------------------------------------------


def pages(demo):
    visitor = Visitor(demo.origin)
    area = visitor.get("/madoguchi/10/10212")
    window = next((path for path in re.findall(r'href="(/madoguchi/[^"]+)"', area) if not re.fullmatch(r"/madoguchi/\d+(/\d+)?/?", path)), None)
    guide = through_the_guide(visitor)
    for name, path in (("guide result page", guide), ("window page", window)):
        if path is None:
            say(f"# {name}: not found")
            continue
        headers = {"Accept-Encoding": "gzip", "Cookie": visitor.cookies()}
        status, kept, wire = raw_get(demo.origin, path, headers)
        assert status == 200, (path, status)
        nginx = Nginx(wire, kept)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(wrk(nginx.origin + "/page", headers))
            ours.append(wrk(demo.origin + path, headers))
        nginx.stop()
        ratio = statistics.median(ours) / statistics.median(theirs)
        note(f"{name} / nginx, same {len(wire)} bytes", f"{ratio:.2f} ({median(ours)} against {median(theirs)} a second)", "≥ 0.5", ratio >= 0.5)


def through_the_guide(visitor):
    """Answers the place, skips the rest; the address of the result."""
    page, path = visitor.get("/annai"), visitor.path
    first = re.search(r'href="(/annai/1[^"]*)"', page)
    if first:
        page = visitor.get(first.group(1))
    for _ in range(20):
        if visitor.path.startswith("/annai/kekka"):
            return "/annai/kekka"
        form = next((form for form in re.findall(r"<form.*?</form>", page, re.S) if 'action="/annai' in form), None)
        if form is None:
            return None
        action = html.unescape(re.search(r'action="([^"]+)"', form).group(1))
        answers = {"area": "10212"} if 'name="area"' in form else {"skip": "1"}
        page = visitor.post(action, answers)
    return None


class Nginx:
    """nginx with one file that holds exactly the bytes Ippo sent, and the same content headers."""

    def __init__(self, wire, headers):
        self.folder = tempfile.mkdtemp(dir=folder)
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        with open(f"{self.folder}/page", "wb") as file:
            file.write(wire)
        encoding = f"add_header Content-Encoding {headers['content-encoding']};" if "content-encoding" in headers else ""
        user = "user root;" if os.getuid() == 0 else ""
        with open(f"{self.folder}/nginx.conf", "w") as file:
            file.write(
                f"""worker_processes auto; daemon off; pid {self.folder}/pid; error_log {self.folder}/err; {user}
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=10;
 client_body_temp_path {self.folder}/a; proxy_temp_path {self.folder}/b; fastcgi_temp_path {self.folder}/c;
 uwsgi_temp_path {self.folder}/d; scgi_temp_path {self.folder}/e; default_type "text/html; charset=utf-8";
 server {{ listen 127.0.0.1:{port}; root {self.folder}; {encoding} }} }}"""
            )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = start([program, "-c", f"{self.folder}/nginx.conf", "-p", self.folder, "-e", f"{self.folder}/err"])
        wait_for(self.origin)

    def stop(self):
        self.process.terminate()
        self.process.wait()


# --- first letters against raw commits -----------------------------------------------------------------------------


def letters(demo):
    visitor = Visitor(demo.origin)
    page = visitor.get("/tegami")
    action = html.unescape(re.search(r'action="(/tegami/kaku/[^"]+)"', page).group(1))
    environment = dict(
        os.environ,
        LETTER_PATH=action,
        LETTER_ORIGIN=demo.origin,
        LETTER_BODY=urllib.parse.urlencode({"bun": LETTER, "dare": "self"}),
    )
    ours, raw = [], []
    for _ in range(ROUNDS):
        raw.append(raw_commits())
        before = demo.count("SELECT COUNT(*) FROM thread")
        begin = time.monotonic()
        wrk(demo.origin + action, {}, script="bench/letters.lua", environment=environment, accept=(200, 303))
        ours.append((demo.count("SELECT COUNT(*) FROM thread") - before) / (time.monotonic() - begin))
    assert demo.count("SELECT COUNT(*) FROM letter") >= sum(ours), "every thread has its letter"
    ratio = statistics.median(ours) / statistics.median(raw)
    note("durable sealed first letters / raw one-row commits (WAL, FULL)", f"{ratio:.2f} ({median(ours)} against {median(raw)} a second)", "≥ 0.5", ratio >= 0.5)


def raw_commits():
    """One row a commit, WAL and synchronous=FULL, on the same disk."""
    path = f"{folder}/raw.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE m (id INTEGER PRIMARY KEY, body BLOB)")
    body, count, begin = os.urandom(1024), 0, time.monotonic()
    while time.monotonic() - begin < SECS:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO m (body) VALUES (?)", (body,))
        connection.execute("COMMIT")
        count += 1
    rate = count / (time.monotonic() - begin)
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    return rate


# --- return visits -------------------------------------------------------------------------------------------------


def returns(demo):
    letter = next(one for one in demo.sample["letters"] if one["key"] == "answered")
    time.sleep(1)
    for name, code, count, limit in (("long", letter["long"], 400, 2.0), ("spoken", letter["spoken"], 60, 35.0)):
        body = urllib.parse.urlencode({"ban": code})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": demo.origin, "Sec-Fetch-Site": "same-origin"}
        host = urllib.parse.urlparse(demo.origin).netloc
        connection = http.client.HTTPConnection(host)
        figures = []
        for _ in range(ROUNDS):
            before = demo.cpu()
            for _ in range(count):
                connection.request("POST", "/tegami/hiraku", body, headers)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 303, answer.status
                # … and the page it leads to, with the cookie it was given.
                jar = "; ".join(line.split(";")[0] for key, line in answer.getheaders() if key.lower() == "set-cookie")
                connection.request("GET", urllib.parse.urlparse(answer.getheader("location")).path, headers={"Cookie": jar})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
            figures.append((demo.cpu() - before) / count * 1000)
        figure = statistics.median(figures)
        note(f"server CPU for a return visit by {name} code", f"{figure:.2f} ms", f"≤ {limit:.0f} ms", figure <= limit)


# --- idle ----------------------------------------------------------------------------------------------------------


def idle():
    served = Ippo.served()
    time.sleep(2)
    memory = served.memory()
    note("memory of ippo serve, idle", f"{memory:.1f} MB", "≤ 40 MB", memory <= 40)
    served.stop()
    times = []
    for _ in range(ROUNDS * 3):
        served.start_again()
        times.append(served.started_in)
        served.stop()
    note("start of ippo serve, until it answers", f"{statistics.median(times):.3f} s", "≤ 0.3 s", statistics.median(times) <= 0.3)


# --- helpers -------------------------------------------------------------------------------------------------------


class Ippo:
    """The program, started and ended."""

    def __init__(self, arguments, where, origin=None):
        self.arguments, self.where, self.origin = arguments, where, origin
        self.start_again()

    @classmethod
    def demo(cls):
        where = tempfile.mkdtemp(dir=folder)
        self = cls(["demo", "--json", "--listen", f"127.0.0.1:{free_port()}"], where)
        while True:
            line = self.process.stdout.readline().decode()
            assert line, "ippo demo ended"
            if line.startswith("{"):
                self.sample = json.loads(line)
                self.origin = self.sample["public"]
                wait_for(self.origin)
                return self

    @classmethod
    def served(cls):
        where = tempfile.mkdtemp(dir=folder)
        port = free_port()
        subprocess.run(
            [IPPO, "init", "--office", OFFICE, "--jurisdiction", "10212", "--admin-login", "kanri", "--listen", f"127.0.0.1:{port}", "--yes"],
            cwd=where, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )
        return cls(["serve"], where, f"http://127.0.0.1:{port}")

    def start_again(self):
        begin = time.monotonic()
        self.process = start([IPPO, *self.arguments], cwd=self.where, env=dict(os.environ, TMPDIR=self.where), stdout=subprocess.PIPE)
        if self.origin:
            wait_for(self.origin)
            self.started_in = time.monotonic() - begin

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)

    def cpu(self):
        """Seconds of processor time so far."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Resident megabytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024

    def count(self, sql):
        path = self.sample["database"].removeprefix("sqlite:")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        (number,) = connection.execute(sql).fetchone()
        connection.close()
        return number


class Visitor:
    """A browser without a screen: cookies, redirects."""

    def __init__(self, origin):
        self.origin, self.path = origin, "/"
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path):
        return self.ask(urllib.request.Request(self.origin + path))

    def post(self, path, fields):
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return self.ask(urllib.request.Request(self.origin + path, urllib.parse.urlencode(fields).encode(), headers))

    def ask(self, request):
        with self.opener.open(request) as answer:
            self.path = urllib.parse.urlparse(answer.geturl()).path
            return answer.read().decode()

    def cookies(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)


def wrk(url, headers, script=None, environment=None, accept=(200,)):
    """Requests a second."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECS}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", script]
    out = subprocess.run([*command, url], check=True, capture_output=True, text=True, env=environment).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    assert not refused, f"{url}: {out}"
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def raw_get(origin, path, headers):
    connection = http.client.HTTPConnection(urllib.parse.urlparse(origin).netloc)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    kept = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, kept, answer.read()


def start(command, **options):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=open(f"{folder}/log", "ab"), **options)
    started.append(process)
    return process


def wait_for(origin):
    host, port = urllib.parse.urlparse(origin).netloc.split(":")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(host, int(port))
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"{origin} does not answer; see {folder}/log")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def median(figures):
    return f"{statistics.median(figures):,.0f}"


def note(name, measured, wanted, good):
    results.append((name, measured, wanted, good))
    say(f"{name}: {measured} (wanted {wanted})")


def say(line):
    print(line, flush=True)


try:
    main()
finally:
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)
