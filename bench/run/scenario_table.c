/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of parameters: every key of a scenario, which is a flag too. */
#include "bench/run/scenario.h"
#include "smtp/bargain.h"

#define MS INT64_C(1000000)
#define DAY (24 * 3600 * 1000 * MS)

/* clang-format off */
#define P(field) offsetof(struct scenario, field)

const struct parameter parameters[] = {
    {"mode", PARAMETER_MODE, "MODE",
     "how the client groups what it says (default pipelining)", P(mode), 0, 0},
    {"body-by", PARAMETER_BODY_BY, "data|bdat",
     "how bodies are sent; by default as the mode does it", P(body_by), 0, 0},
    {"offer", PARAMETER_OFFER, "cold|warm",
     "is the server's offer remembered (default: warm for early and "
     "quickstart-b, else cold)",
     P(offer), 0, 0},
    {"world", PARAMETER_WORLD, "ideal|ns3|kernel",
     "perfect pipes or ns-3's TCP, both in virtual time, or this kernel's "
     "TCP (the default)",
     P(world), 0, 0},
    {"road", PARAMETER_ROAD, "ferry|ns3|qdisc|none",
     "what carries the packets of the kernel world", P(road), 0, 0},
    {"port", PARAMETER_PORT, "veth|tun",
     "how the ferry meets the kernel (default veth)", P(port), 0, 0},
    {"tcp", PARAMETER_TCP, "linux|rfc|patient",
     "the timers of the ns3 world's TCP: Linux's (default), RFC 6298's and "
     "RFC 9293's, or Linux's made to suit the road's length",
     P(tcp), 0, 0},
    {"rtt", PARAMETER_TIME, "TIME",
     "the round trip, half of it each way (default 200ms)",
     P(rtt_ns), 0, 30 * DAY},
    {"uplink", PARAMETER_WORDS, "WORDS",
     "the way to the server, in tc-netem's words", P(uplink), 0, 0},
    {"downlink", PARAMETER_WORDS, "WORDS",
     "the way back; as the uplink where it is not given", P(downlink), 0, 0},
    {"recipients", PARAMETER_COUNT, "N",
     "RCPT commands in each message (default 1)", P(recipients), 1, 100000},
    {"messages", PARAMETER_COUNT, "N",
     "messages in the session (default 1)", P(messages), 1, 100000},
    {"body", PARAMETER_BYTES, "BYTES",
     "octets of each message: 64k is 65536, 64kB is 64000 (default 1000)",
     P(body_bytes), 2, 1 << 30},
    {"helo", PARAMETER_SWITCH, NULL,
     "say HELO; lockstep only", P(helo), 0, 0},
    {"tls", PARAMETER_TLS, "none|starttls|implicit|opportunistic",
     "none (the default), STARTTLS, TLS from the start (RFC 8314), or STARTTLS "
     "where it is offered and clear where not", P(tls), 0, 0},
    {"tls-version", PARAMETER_TLS_VERSION, "1.3|1.2",
     "the newest that is spoken (default 1.3)", P(tls_version), 0, 0},
    {"tls-session", PARAMETER_TLS_SESSION, "full|resumed|0rtt",
     "a handshake in full (the default), resumed, or with 0-RTT data",
     P(tls_session), 0, 0},
    {"listen", PARAMETER_TIME, "TIME",
     "how long bsmtp listens before it streams (default 1s)",
     P(listen_ns), 0, 30 * DAY},
    {"tfo", PARAMETER_SWITCH, NULL,
     "TCP Fast Open (RFC 7413), its cookie fetched before: the server is there "
     "from the SYN on, and early commands or the TLS hello ride in it",
     P(tfo), 0, 0},
    {"auth", PARAMETER_AUTH, "plain|login[,no-initial]",
     "plain or login, with an initial response or without; none (the default)",
     P(auth), 0, 0},
    {"strategy", PARAMETER_STRATEGY, "STRATEGY",
     "learn what each recipient can take, and send each what suits it",
     P(ask.strategy), 0, 0},
    {"classes", PARAMETER_COUNT, "C",
     "recipients can take 1, 2, ... C of C forms, in turn (default 1)",
     P(ask.classes), 1, BARGAIN_FORMS},
    {"answers", PARAMETER_ANSWERS, "WORD,...",
     "how the server answers for the first recipient, the second, ..., and "
     "again from the front (default tells); see below", P(ask.answers), 0, 0},
    {"asking", PARAMETER_SPELLING, "conneg|required|optional|caps",
     "how RCPT asks: RFC 4141 (the default), its draft of 2002, or of 1997",
     P(ask.spelling), 0, 0},
    {"ttl", PARAMETER_TIME, "TIME",
     "for how long answers to VRFY, XRCAP and CAPS may be used again (default "
     "none); --offer warm has heard them before", P(ask.ttl_ns), 0, 7 * DAY},
    {"filters", PARAMETER_FEATURES, "EXPRESSION...",
     "what recipients can take, in turn (RFC 2533), instead of --classes",
     P(ask.filters), 0, 0},
    {"forms", PARAMETER_FEATURES, "EXPRESSION...",
     "what the forms of the message are made of, the best first; with "
     "--filters", P(ask.forms), 0, 0},
    {"ipv6", PARAMETER_SWITCH, NULL,
     "over IPv6 instead of IPv4", P(ipv6), 0, 0},
    {"think", PARAMETER_TIME, "TIME",
     "the server's time for each reply (default none)", P(think_ns), 0, DAY},
    {"greeting-delay", PARAMETER_TIME, "TIME",
     "the server's further time before it greets",
     P(greeting_delay_ns), 0, DAY},
    {"tls-early-banner", PARAMETER_SWITCH, NULL,
     "the server greets before the client's Finished; TLS 1.3, implicit",
     P(tls_early_banner), 0, 0},
    {"flaw", PARAMETER_FLAWS, "NAME,...",
     "what is broken in the server; see below", P(flaws), 0, 0},
    {"capabilities", PARAMETER_CAPABILITIES, "KEYWORD,...",
     "what the server offers; `none` for nothing", P(capabilities), 0, 0},
    {"extensions", PARAMETER_CAPABILITIES, "KEYWORD,...",
     "what MAIL says where it is offered: SIZE, 8BITMIME, SMTPUTF8, REQUIRETLS",
     P(extensions), 0, 0},
    {"dsn", PARAMETER_DSN, "WORDS",
     "what MAIL and RCPT say of reports, where DSN is offered: RET=FULL|HDRS "
     "ENVID=TEXT NOTIFY=NEVER|LIST ORCPT",
     P(dsn_words), 0, 0},
    {"size-max", PARAMETER_BYTES, "BYTES",
     "the most that the server takes, as SIZE says where it is offered "
     "(default: no limit)",
     P(size_max), 0, 1 << 30},
    {"cut-body", PARAMETER_BYTES, "BYTES",
     "the server cuts the connection, once, behind so many octets of text",
     P(cut_octets), 1, 1 << 30},
    {"timeout", PARAMETER_TIME, "TIME",
     "the client's patience for each reply (default: RFC 5321, 4.5.3.2, "
     "and what the road takes)",
     P(timeout_ns), MS, 30 * DAY},
    {"rfc-timeouts", PARAMETER_SWITCH, NULL,
     "RFC 5321's timeouts on both sides to the letter, whatever the road takes",
     P(rfc_timeouts), 0, 0},
    {"seed", PARAMETER_COUNT, "N",
     "decides every random choice (default 1)", P(seed), 0, INT64_MAX},
    {"repeat", PARAMETER_COUNT, "N",
     "how often it is run, a row each (default 1)", P(repeat), 1, 1000000},
    {NULL, 0, NULL, NULL, 0, 0, 0},
};
/* clang-format on */
