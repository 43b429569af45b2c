/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a topology, and what each accepts. */
#include "bench/run/topology_schema.h"

#include <string.h>

#include "netem/value.h"

/* clang-format off */
#define MOST 1000 /* entries of a list */

#define TEXT(key, type, field) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                           type, field, 0, 2000)
#define MUST(key, type, field) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, 2000)
#define TEXTS(key, type, field) \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                               type, field.at, field.count, &text, 0, MOST)
#define LIST(key, flags, type, field, value) \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | (flags), type, field, \
                         value, 0, MOST)
#define PART(key, type, field, fields) \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
                            type, field, fields)
#define ENTRY(type, fields) \
    {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, type, fields)}

static const cyaml_schema_value_t text = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 2000)};

#define GUISE(type, at) \
    TEXT("greeting", type, at greeting), \
    TEXT("recipients", type, at recipients), \
    TEXT("think", type, at think), \
    TEXT("greeting-delay", type, at greeting_delay), \
    TEXTS("capabilities", type, at capabilities), \
    TEXTS("secure-capabilities", type, at secure), \
    TEXTS("flaw", type, at flaws)

static const cyaml_schema_field_t guise_fields[] = {
    TEXT("from-session", struct written_guise, of_sessions),
    TEXT("from-time", struct written_guise, of_time),
    GUISE(struct written_guise, ),
    CYAML_FIELD_END};
static const cyaml_schema_value_t guise =
    ENTRY(struct written_guise, guise_fields);

static const cyaml_schema_field_t host_fields[] = {
    MUST("name", struct written_host, name),
    TEXTS("addresses", struct written_host, addresses),
    TEXT("rtt", struct written_host, rtt),
    TEXT("uplink", struct written_host, uplink),
    TEXT("downlink", struct written_host, downlink),
    TEXT("state", struct written_host, state),
    TEXT("check", struct written_host, check),
    TEXT("pooled", struct written_host, pooled),
    GUISE(struct written_host, first.),
    LIST("later", CYAML_FLAG_OPTIONAL, struct written_host, later, &guise),
    CYAML_FIELD_END};
static const cyaml_schema_value_t host =
    ENTRY(struct written_host, host_fields);

static const cyaml_schema_field_t mx_fields[] = {
    MUST("preference", struct written_mx, preference),
    MUST("host", struct written_mx, host),
    TEXT("ttl", struct written_mx, ttl),
    CYAML_FIELD_END};
static const cyaml_schema_value_t mx = ENTRY(struct written_mx, mx_fields);

static const cyaml_schema_field_t domain_fields[] = {
    MUST("name", struct written_domain, name),
    TEXT("alias", struct written_domain, alias),
    LIST("mx", CYAML_FLAG_OPTIONAL, struct written_domain, mx, &mx),
    CYAML_FIELD_END};
static const cyaml_schema_value_t domain =
    ENTRY(struct written_domain, domain_fields);

static const cyaml_schema_field_t fault_fields[] = {
    TEXT("name", struct written_fault, name),
    TEXT("type", struct written_fault, type),
    MUST("fault", struct written_fault, fault),
    TEXT("times", struct written_fault, times),
    CYAML_FIELD_END};
static const cyaml_schema_value_t fault =
    ENTRY(struct written_fault, fault_fields);

static const cyaml_schema_field_t dns_fields[] = {
    TEXT("address", struct written_dns, address),
    TEXT("rtt", struct written_dns, rtt),
    TEXT("uplink", struct written_dns, uplink),
    TEXT("downlink", struct written_dns, downlink),
    TEXT("delay", struct written_dns, delay),
    TEXT("loss", struct written_dns, loss),
    TEXT("additional", struct written_dns, additional),
    TEXT("udp", struct written_dns, udp),
    LIST("faults", CYAML_FLAG_OPTIONAL, struct written_dns, faults, &fault),
    CYAML_FIELD_END};

static const cyaml_schema_field_t client_fields[] = {
    TEXT("name", struct written_client, name),
    TEXTS("mode", struct written_client, mode),
    TEXT("body-by", struct written_client, body_by),
    TEXT("offer", struct written_client, offer),
    TEXTS("policy", struct written_client, policy),
    TEXT("patience", struct written_client, patience),
    TEXT("retry", struct written_client, retry),
    TEXT("fallback", struct written_client, fallback),
    TEXT("bounce", struct written_client, bounce),
    TEXT("attempts", struct written_client, attempts),
    TEXT("addresses", struct written_client, addresses),
    TEXT("enforce", struct written_client, enforce),
    TEXT("tls", struct written_client, tls),
    TEXT("own-name", struct written_client, own),
    TEXT("family", struct written_client, family),
    TEXT("timeout", struct written_client, timeout),
    TEXT("connect-timeout", struct written_client, connect_timeout),
    TEXT("dns-timeout", struct written_client, dns_timeout),
    TEXT("dns-rounds", struct written_client, dns_rounds),
    CYAML_FIELD_END};

static const cyaml_schema_field_t message_fields[] = {
    TEXT("domain", struct written_message, domain),
    TEXT("messages", struct written_message, messages),
    TEXT("recipients", struct written_message, recipients),
    TEXT("body", struct written_message, body),
    TEXTS("required", struct written_message, required),
    TEXTS("preferred", struct written_message, preferred),
    TEXTS("performance", struct written_message, performance),
    TEXT("chase", struct written_message, chase),
    CYAML_FIELD_END};
static const cyaml_schema_value_t message =
    ENTRY(struct written_message, message_fields);

static const cyaml_schema_field_t fields[] = {
    TEXT("name", struct written, name),
    TEXT("what", struct written, what),
    LIST("domains", 0, struct written, domains, &domain),
    LIST("hosts", 0, struct written, hosts, &host),
    PART("dns", struct written, dns, dns_fields),
    PART("client", struct written, client, client_fields),
    LIST("messages", CYAML_FLAG_OPTIONAL, struct written, messages, &message),
    TEXT("seed", struct written, seed),
    TEXT("repeat", struct written, repeat),
    CYAML_FIELD_END};

const cyaml_schema_value_t topology_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct written, fields)};

#define GUISE_KEYS \
    "greeting, greeting-delay, think, capabilities, secure-capabilities, " \
    "recipients, flaw"
const struct yamlfile_accepts topology_accepts[] = {
    {"", "domains, hosts, dns, client, messages, name, what, seed and repeat; "
         "see docs/topologies.md"},
    {"domains", "a list of {name, mx: [{preference, host, ttl}]} or {name, "
                "alias}"},
    {"mx", "a list of {preference, host, ttl}"},
    {"hosts", "a list of {name, addresses, rtt (or uplink, downlink), state, "
              "check, pooled, later, " GUISE_KEYS "}"},
    {"later", "a list of {from-session or from-time, " GUISE_KEYS "}"},
    {"dns", "{address, rtt (or uplink, downlink), delay, loss, additional, "
            "udp, faults}"},
    {"faults", "a list of {fault, name, type, times}"},
    {"client", "{mode, body-by, offer, policy, patience, retry, fallback, "
               "bounce, attempts, addresses, enforce, tls, own-name, family, name, "
               "timeout, connect-timeout, dns-timeout, dns-rounds}"},
    {"messages", "a list of {domain, messages, recipients, body, required, "
                 "preferred, performance, chase}; within it a number from 1 "
                 "to 1000"},
    {"name", "a name: letters, digits, hyphens and dots"},
    {"host", "the name of a host, or \".\" for a null MX"},
    {"own-name", "the name of a host"},
    {"domain", "the name of one of the domains"},
    {"alias", "the name that the domain stands for"},
    {"preference", "a number from 0 to 65535"},
    {"ttl", "seconds, from 0 to 2147483647"},
    {"addresses", "IPv4 or IPv6 addresses, each once, or `none`; for the "
                  "client, how many of them are tried (0 to 64, 0 for all)"},
    {"address", "an IPv4 or IPv6 address"},
    {"state", "up, refusing or silent"},
    {"check", "passes, fails or fails-by-name"},
    {"rtt", VALUE_TIME}, {"think", VALUE_TIME}, {"greeting-delay", VALUE_TIME},
    {"from-time", VALUE_TIME}, {"delay", VALUE_TIME}, {"patience", VALUE_TIME},
    {"retry", VALUE_TIME}, {"fallback", VALUE_TIME}, {"bounce", VALUE_TIME},
    {"timeout", VALUE_TIME}, {"connect-timeout", VALUE_TIME},
    {"dns-timeout", VALUE_TIME},
    {"uplink", "tc-netem's words, such as `delay 50ms rate 10mbit`"},
    {"downlink", "tc-netem's words, such as `delay 50ms rate 10mbit`"},
    {"loss", VALUE_PERCENT},
    {"greeting", "a refusal such as `421 busy` or `554 no mail here`"},
    {"recipients", "of a host, a reply such as `450 later`; of messages, a "
                   "number from 1 to 1000"},
    {"capabilities", "EHLO keywords that this program knows"},
    {"secure-capabilities", "EHLO keywords that this program knows"},
    {"tls", "no, opportunistic or required"},
    {"required", "EHLO keywords that this program knows"},
    {"preferred", "EHLO keywords that this program knows"},
    {"performance", "EHLO keywords that this program knows"},
    {"flaw", "names of flaws, as `turnaround run --help` lists them"},
    {"from-session", "a number from 2 on: which session of a client it is"},
    {"pooled", "yes or no"}, {"additional", "yes or no"},
    {"enforce", "yes or no"}, {"chase", "yes or no"},
    {"udp", "octets, from 512 to 4096"},
    {"type", "A, AAAA, MX or CNAME"},
    {"fault", "servfail, refused, silent, truncate or healthy"},
    {"times", "a number from 0 to 1000000; 0 for always"},
    {"mode", "modes, as `turnaround run --help` lists them, but for qmtp"},
    {"policy", "policies, as `turnaround mx --help` lists them"},
    {"body-by", "data or bdat"},
    {"offer", "cold or warm"},
    {"family", "either, 4 or 6"},
    {"attempts", "a number from 0 to 1000; 0 for as many as it takes"},
    {"dns-rounds", "a number from 1 to 10"},
    {"body", "octets, from 2 to 100000000"},
    {"seed", "a number from 0 to 9223372036854775807"},
    {"repeat", "a number from 1 to 100000"},
    {NULL, NULL},
};
/* clang-format on */

const char *topology_accepted(const char *field)
{
    const struct yamlfile_accepts *a = topology_accepts;

    while (a->field && strcmp(a->field, field) != 0)
        a++;
    return a->accepts;
}
