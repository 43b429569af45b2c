/* SPDX-License-Identifier: BSD-2-Clause */
/* A browser by its DevTools protocol, for system tests: what a reader does, as
 * a reader does it. Reads commands, a line each, and prints what they find:
 *
 *   open URL          waits until it is loaded
 *   eval EXPRESSION   prints its value
 *   click SELECTOR    with the mouse, in the middle of the first that matches
 *   type TEXT         into what has the focus
 *   key NAME          Tab, Enter or Backspace, pressed and released
 *   media light|dark|print
 *   size WIDTH HEIGHT
 *   shot FILE.png
 *   complaints        prints errors of the console, uncaught exceptions, and
 *                     requests to anything but a file; then how many
 *
 * Exit status 1 where the browser is not there or does not answer. */
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 60 };

struct browser {
    int to, from; /* its descriptors 3 and 4 */
    pid_t pid;
    char *text; /* what came and is not taken yet */
    size_t len, room;
    int id;
    char *session; /* of the page; NULL: none yet */
    bool loaded;
    size_t complaints;
};

static void die(const char *why)
{
    fprintf(stderr, "browse: %s\n", why);
    exit(1);
}

/* Its own process group, which ends with us. */
static void start(struct browser *b, char **argv)
{
    int down[2], up[2];

    if (pipe(down) < 0 || pipe(up) < 0 || (b->pid = fork()) < 0)
        die("no pipe, or no process");
    if (b->pid == 0) {
        int in = fcntl(down[0], F_DUPFD, 10), out = fcntl(up[1], F_DUPFD, 10);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        dup2(in, 3);
        dup2(out, 4);
        for (int fd = 5; fd < 64; fd++)
            close(fd);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    b->to = down[1];
    b->from = up[0];
}

static void complain(struct browser *b, const char *what, const json_t *about)
{
    char *text = json_dumps(about, JSON_COMPACT | JSON_ENCODE_ANY);

    printf("%s: %.400s\n", what, text ? text : "");
    free(text);
    b->complaints++;
}

static const char *word(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));

    return text ? text : "";
}

static void take_event(struct browser *b, const json_t *message)
{
    const char *method = word(message, "method");
    const json_t *about = json_object_get(message, "params");

    if (strcmp(method, "Page.loadEventFired") == 0)
        b->loaded = true;
    else if (strcmp(method, "Runtime.exceptionThrown") == 0)
        complain(b, "exception", about);
    else if (strcmp(method, "Runtime.consoleAPICalled") == 0 &&
             strcmp(word(about, "type"), "error") == 0)
        complain(b, "console", about);
    else if (strcmp(method, "Log.entryAdded") == 0 &&
             strcmp(word(json_object_get(about, "entry"), "level"), "error") ==
                 0)
        complain(b, "log", about);
    else if (strcmp(method, "Network.requestWillBeSent") == 0) {
        const char *url = word(json_object_get(about, "request"), "url");

        if (strncmp(url, "file:", 5) != 0 && strncmp(url, "data:", 5) != 0)
            complain(b, "request", json_object_get(about, "request"));
    }
}

/* The next message; each ends with a zero byte. Caller decrefs. */
static json_t *next(struct browser *b)
{
    char *end;

    while (!(end = b->len ? memchr(b->text, '\0', b->len) : NULL)) {
        ssize_t n;

        if (b->room - b->len < 65536) {
            b->room = 2 * b->room + 65536;
            b->text = realloc(b->text, b->room);
            if (!b->text)
                die("out of memory");
        }
        n = read(b->from, b->text + b->len, b->room - b->len);
        if (n <= 0)
            die("the browser has gone");
        b->len += (size_t)n;
    }
    {
        size_t len = (size_t)(end - b->text) + 1;
        json_t *message = json_loads(b->text, 0, NULL);

        memmove(b->text, b->text + len, b->len - len);
        b->len -= len;
        return message;
    }
}

/* Sends a command, takes the parameters over, and waits for its answer, which
 * the caller decrefs. */
static json_t *ask(struct browser *b, const char *method, json_t *params)
{
    json_t *message = json_pack("{s:i, s:s, s:o}", "id", ++b->id, "method",
                                method, "params", params);
    char *text;

    if (b->session)
        json_object_set_new(message, "sessionId", json_string(b->session));
    text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (!text || write(b->to, text, strlen(text) + 1) < 0)
        die("the browser does not listen");
    free(text);
    for (;;) {
        message = next(b);
        if (json_integer_value(json_object_get(message, "id")) == b->id)
            break;
        take_event(b, message);
        json_decref(message);
    }
    if (json_object_get(message, "error")) {
        char *why = json_dumps(message, JSON_COMPACT);

        die(why ? why : method);
    }
    return message;
}

static void tell(struct browser *b, const char *method, json_t *params)
{
    json_decref(ask(b, method, params));
}

static json_t *evaluate(struct browser *b, const char *expression)
{
    json_t *answer = ask(b, "Runtime.evaluate",
                         json_pack("{s:s, s:b, s:b}", "expression", expression,
                                   "returnByValue", 1, "awaitPromise", 1));
    json_t *result = json_object_get(answer, "result");
    json_t *value = json_object_get(json_object_get(result, "result"), "value");

    if (json_object_get(result, "exceptionDetails"))
        complain(b, "exception", json_object_get(result, "exceptionDetails"));
    json_incref(value);
    json_decref(answer);
    return value;
}

static void open_page(struct browser *b, const char *url)
{
    b->loaded = false;
    tell(b, "Page.navigate", json_pack("{s:s}", "url", url));
    while (!b->loaded) {
        json_t *message = next(b);

        take_event(b, message);
        json_decref(message);
    }
}

static void mouse(struct browser *b, const char *type, double x, double y)
{
    tell(b, "Input.dispatchMouseEvent",
         json_pack("{s:s, s:f, s:f, s:s, s:i}", "type", type, "x", x, "y", y,
                   "button", "left", "clickCount", 1));
}

static void click(struct browser *b, const char *selector)
{
    char *expression = NULL;
    json_t *at;
    double x = 0, y = 0;

    if (asprintf(&expression,
                 "(() => { const e = document.querySelector(`%s`); "
                 "e.scrollIntoView({block: 'center', behavior: 'instant'}); "
                 "const r = e.getBoundingClientRect(); "
                 "return [r.x + r.width / 2, r.y + r.height / 2]; })()",
                 selector) < 0)
        die("out of memory");
    at = evaluate(b, expression);
    free(expression);
    if (json_unpack(at, "[F, F]", &x, &y) < 0)
        die("nothing to click on");
    json_decref(at);
    mouse(b, "mouseMoved", x, y);
    mouse(b, "mousePressed", x, y);
    mouse(b, "mouseReleased", x, y);
}

static void key(struct browser *b, const char *name)
{
    static const char *const types[] = {"keyDown", "keyUp"};
    int code = strcmp(name, "Tab") == 0     ? 9
               : strcmp(name, "Enter") == 0 ? 13
                                            : 8;

    for (int i = 0; i < 2; i++)
        tell(b, "Input.dispatchKeyEvent",
             json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", types[i], "key",
                       name, "code", name, "windowsVirtualKeyCode", code,
                       "text", code == 13 && i == 0 ? "\r" : ""));
}

static void media(struct browser *b, const char *name)
{
    bool print = strcmp(name, "print") == 0;

    tell(b, "Emulation.setEmulatedMedia",
         json_pack("{s:s, s:[{s:s, s:s}]}", "media", print ? "print" : "",
                   "features", "name", "prefers-color-scheme", "value",
                   print ? "light" : name));
}

static void shoot(struct browser *b, const char *file)
{
    json_t *answer =
        ask(b, "Page.captureScreenshot", json_pack("{s:s}", "format", "png"));
    const char *data = word(json_object_get(answer, "result"), "data");
    size_t len = strlen(data);
    unsigned char *bytes = malloc(len + 1);
    int n = bytes
                ? EVP_DecodeBlock(bytes, (const unsigned char *)data, (int)len)
                : -1;
    FILE *to = fopen(file, "we");

    if (n < 0 || !to || fwrite(bytes, 1, (size_t)n, to) != (size_t)n ||
        fclose(to))
        die(file);
    free(bytes);
    json_decref(answer);
}

static void print(json_t *value)
{
    char *text = NULL;

    if (json_is_string(value))
        puts(json_string_value(value));
    else if ((text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY)))
        puts(text);
    free(text);
    json_decref(value);
}

static void obey(struct browser *b, char *line)
{
    char *rest = line + strcspn(line, " ");
    int width, height;

    if (*rest)
        *rest++ = '\0';
    if (strcmp(line, "open") == 0)
        open_page(b, rest);
    else if (strcmp(line, "eval") == 0)
        print(evaluate(b, rest));
    else if (strcmp(line, "click") == 0)
        click(b, rest);
    else if (strcmp(line, "type") == 0)
        tell(b, "Input.insertText", json_pack("{s:s}", "text", rest));
    else if (strcmp(line, "key") == 0)
        key(b, rest);
    else if (strcmp(line, "media") == 0)
        media(b, rest);
    else if (strcmp(line, "size") == 0 &&
             sscanf(rest, "%d %d", &width, &height) == 2)
        tell(b, "Emulation.setDeviceMetricsOverride",
             json_pack("{s:i, s:i, s:i, s:b}", "width", width, "height", height,
                       "deviceScaleFactor", 1, "mobile", 0));
    else if (strcmp(line, "shot") == 0)
        shoot(b, rest);
    else if (strcmp(line, "complaints") == 0)
        printf("%zu complaints\n", b->complaints);
    else
        die(line);
    fflush(stdout);
}

static void attach(struct browser *b)
{
    static const char *const domains[] = {"Page.enable", "Runtime.enable",
                                          "Log.enable", "Network.enable"};
    json_t *page =
        ask(b, "Target.createTarget", json_pack("{s:s}", "url", "about:blank"));
    json_t *found =
        ask(b, "Target.attachToTarget",
            json_pack("{s:s, s:b}", "targetId",
                      word(json_object_get(page, "result"), "targetId"),
                      "flatten", 1));

    b->session = strdup(word(json_object_get(found, "result"), "sessionId"));
    json_decref(page);
    json_decref(found);
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
        tell(b, domains[i], json_object());
}

int main(int argc, char **argv)
{
    struct browser b = {0};
    char line[4096];

    if (argc < 2)
        die("usage: browse CHROMIUM [FLAG]... <COMMANDS");
    signal(SIGPIPE, SIG_IGN);
    start(&b, argv + 1);
    alarm(PATIENCE_S); /* its processes end with us */
    attach(&b);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            obey(&b, line);
    }
    kill(-b.pid, SIGTERM);
    waitpid(b.pid, NULL, 0);
    free(b.session);
    free(b.text);
    return 0;
}
