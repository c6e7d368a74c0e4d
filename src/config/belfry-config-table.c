/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-table.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-number.h"

/* The one list of what can be configured. The parser, the default file, the printed configuration
 * and the check of the man page all read it; nothing else knows a key's name or default. Constant:
 * any thread. */

#define KIB G_GINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define MILLISECONDS ((gint64) G_TIME_SPAN_MILLISECOND)
#define SECONDS ((gint64) G_TIME_SPAN_SECOND)
#define MINUTES ((gint64) G_TIME_SPAN_MINUTE)
#define HOURS ((gint64) G_TIME_SPAN_HOUR)

/* More connections than any one machine has had descriptors for; keeps counters far from 32 bits.
 */
#define MAX_COUNT 10000000
/* What we queue, keep or accept in one piece is also held in memory in one piece. */
#define MAX_BUFFER GIB
/* No machine that this is for has more. */
#define MAX_MEMORY (1024 * GIB)
#define MAX_TEXT 1024
#define MAX_TOPIC 255
/* The kernel's CPU mask, and more threads than help. */
#define MAX_WORKERS 1024

static const char *const dialects[] = { "action",          "typed", "socket.io",
                                        "centrifugo-json", "echo",  NULL };
G_STATIC_ASSERT (G_N_ELEMENTS (dialects) == BELFRY_CONFIG_N_DIALECTS + 1);

static const char *const deliveries[] = { "payload", "envelope", NULL };
G_STATIC_ASSERT (G_N_ELEMENTS (deliveries) == BELFRY_CONFIG_N_DELIVERIES + 1);

static const char *const broker_modes[] = { "channels", "envelope", NULL };
G_STATIC_ASSERT (G_N_ELEMENTS (broker_modes) == BELFRY_CONFIG_N_BROKER_MODES + 1);

static const char *const slow_consumers[] = { "disconnect", "drop-oldest", "drop-newest",
                                              "conflate", NULL };
G_STATIC_ASSERT (G_N_ELEMENTS (slow_consumers) == BELFRY_CONFIG_N_SLOW + 1);

static const char *const rules_defaults[] = { "deny", "abstain", NULL };

static const char *const buses[] = { "system", "session", "none", NULL };
G_STATIC_ASSERT (G_N_ELEMENTS (buses) == BELFRY_CONFIG_N_BUSES + 1);

static const char *const broker_schemes[] = { "redis",           "rediss",
                                              "redis+unix",      "redis+sentinel",
                                              "rediss+sentinel", "redis+cluster",
                                              "rediss+cluster",  NULL };
static const char *const algorithms[] = { "HS256", "HS384", "HS512", "RS256", "RS384",
                                          "RS512", "ES256", "ES384", "ES512", NULL };

static const BelfryConfigGroupRow groups[] = {
  [BELFRY_CONFIG_GROUP_SERVER] = { "server", NULL, NULL,
                                   N_ ("Where and how connections are accepted.") },
  [BELFRY_CONFIG_GROUP_WEBSOCKET] = { "websocket", NULL, NULL,
                                      N_ ("Limits and times of each WebSocket connection.") },
  [BELFRY_CONFIG_GROUP_ENDPOINT] = { "endpoint", NULL, "PATH",
                                     N_ ("What is spoken on a path of the HTTP server.") },
  [BELFRY_CONFIG_GROUP_BROKER] = { "broker", NULL, NULL, N_ ("Where messages come from.") },
  [BELFRY_CONFIG_GROUP_AUTH] = { "auth", NULL, NULL,
                                 N_ ("Who may connect, and who decides what they may do.") },
  [BELFRY_CONFIG_GROUP_PLUGIN_JWT] = { "plugin", "jwt", NULL,
                                       N_ ("Signing in with JSON Web Tokens.") },
  [BELFRY_CONFIG_GROUP_PLUGIN_RULES] = { "plugin", "rules", NULL,
                                         N_ ("A file of rules on who may use which topic.") },
  [BELFRY_CONFIG_GROUP_PLUGIN] = { "plugin", NULL, "NAME",
                                   N_ ("Any other plugin. Its keys are its own.") },
  [BELFRY_CONFIG_GROUP_TOPIC] = { "topic", NULL, "PATTERN",
                                  N_ ("How topics behave. The most specific pattern that sets a "
                                      "key wins.") },
  [BELFRY_CONFIG_GROUP_CONTROL] = { "control", NULL, NULL, N_ ("Control over D-Bus.") },
  [BELFRY_CONFIG_GROUP_HTTP] = { "http", NULL, NULL, N_ ("The HTTP API.") },
  [BELFRY_CONFIG_GROUP_LOG] = { "log", NULL, NULL, N_ ("What is logged.") },
};
G_STATIC_ASSERT (G_N_ELEMENTS (groups) == BELFRY_CONFIG_N_GROUPS);

/* Short names for the columns; undefined below. */
#define GROUP(name) BELFRY_CONFIG_GROUP_##name
#define T(name) BELFRY_CONFIG_TYPE_##name
#define RELOAD BELFRY_CONFIG_RELOADABLE
#define RESTART BELFRY_CONFIG_RESTART
#define AUTO BELFRY_CONFIG_AUTO
#define ZERO BELFRY_CONFIG_ZERO
#define REQUIRED BELFRY_CONFIG_REQUIRED
#define INHERITS BELFRY_CONFIG_INHERITS

/* clang-format off */
static const BelfryConfigRow rows[] = {
  [BELFRY_CONFIG_SERVER_LISTEN] =
    { GROUP (SERVER), "listen", T (LISTEN), RESTART | REQUIRED, 0, 0, NULL, 0, "127.0.0.1:8080",
      N_ ("Where to listen: HOST:PORT, [ADDRESS]:PORT, *:PORT, each with tls: in front for TLS; unix:/path; systemd or systemd:NAME for activated sockets.") },
  [BELFRY_CONFIG_SERVER_WORKERS] =
    { GROUP (SERVER), "workers", T (INTEGER), RESTART | AUTO, 1, MAX_WORKERS, NULL, 0, "auto",
      N_ ("Threads that serve connections; auto is one for each CPU.") },
  [BELFRY_CONFIG_SERVER_TLS_CERTIFICATE] =
    { GROUP (SERVER), "tls-certificate", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("The certificate chain for tls: listeners, PEM.") },
  [BELFRY_CONFIG_SERVER_TLS_KEY] =
    { GROUP (SERVER), "tls-key", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("The private key of tls-certificate, PEM.") },
  [BELFRY_CONFIG_SERVER_TLS_CLIENT_CA] =
    { GROUP (SERVER), "tls-client-ca", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Who may vouch for clients' certificates, PEM; if it is set, clients of tls: listeners are asked for one, and refused if it is not good.") },
  [BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS] =
    { GROUP (SERVER), "allowed-origins", T (ORIGINS), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Which web pages may connect, such as https://example.com or https://*.example.com; empty is the same origin, * is every page.") },
  [BELFRY_CONFIG_SERVER_TRUSTED_PROXIES] =
    { GROUP (SERVER), "trusted-proxies", T (NETWORKS), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Whose X-Forwarded-For is believed: addresses, networks, or unix for unix sockets.") },
  [BELFRY_CONFIG_SERVER_MAX_CONNECTIONS] =
    { GROUP (SERVER), "max-connections", T (INTEGER), RELOAD, 1, MAX_COUNT, NULL, 0, "10000",
      N_ ("Most connections at a time; beyond it new ones are refused with 503.") },
  [BELFRY_CONFIG_SERVER_MAX_CONNECTIONS_PER_ADDRESS] =
    { GROUP (SERVER), "max-connections-per-address", T (INTEGER), RELOAD, 0, MAX_COUNT, NULL, 0, "0",
      N_ ("Most connections from one address; 0 is no limit.") },
  [BELFRY_CONFIG_SERVER_MAX_CONNECTIONS_PER_USER] =
    { GROUP (SERVER), "max-connections-per-user", T (INTEGER), RELOAD, 0, MAX_COUNT, NULL, 0, "0",
      N_ ("Most connections of one user; 0 is no limit.") },
  [BELFRY_CONFIG_SERVER_ACCEPT_RATE] =
    { GROUP (SERVER), "accept-rate", T (INTEGER), RELOAD, 0, MAX_COUNT, NULL, 0, "0",
      N_ ("New connections a second and listener, beyond which they are refused with 503; 0 is no limit.") },
  [BELFRY_CONFIG_SERVER_HEADER_TIMEOUT] =
    { GROUP (SERVER), "header-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, 10 * MINUTES, NULL, 0, "10s",
      N_ ("How long a client may take to send a request's header.") },
  [BELFRY_CONFIG_SERVER_HANDSHAKE_TIMEOUT] =
    { GROUP (SERVER), "handshake-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, 10 * MINUTES, NULL, 0, "10s",
      N_ ("How long a TLS handshake may take.") },
  [BELFRY_CONFIG_SERVER_IDLE_TIMEOUT] =
    { GROUP (SERVER), "idle-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, 24 * HOURS, NULL, 0, "1min",
      N_ ("How long an HTTP connection may stay open between requests.") },
  [BELFRY_CONFIG_SERVER_DRAIN_TIME] =
    { GROUP (SERVER), "drain-time", T (DURATION), RELOAD | ZERO, 100 * MILLISECONDS, HOURS, NULL, 0, "10s",
      N_ ("Over how long a time connections are closed when the service stops; 0 is all at once.") },
  [BELFRY_CONFIG_SERVER_REEXEC_ON_RELOAD] =
    { GROUP (SERVER), "reexec-on-reload", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Let a reload hand over to the new program, with all clients, if belfryd was replaced.") },
  [BELFRY_CONFIG_SERVER_DEMO] =
    { GROUP (SERVER), "demo", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Serve the demo page at /demo/.") },

  [BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL] =
    { GROUP (WEBSOCKET), "ping-interval", T (DURATION), RELOAD | ZERO, 100 * MILLISECONDS, HOURS, NULL, 0, "30s",
      N_ ("How often each client is asked whether it is there; 0 is never.") },
  [BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT] =
    { GROUP (WEBSOCKET), "ping-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, HOURS, NULL, 0, "10s",
      N_ ("How long a client may take to answer; not more than ping-interval.") },
  [BELFRY_CONFIG_WEBSOCKET_AUTH_TIMEOUT] =
    { GROUP (WEBSOCKET), "auth-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, 10 * MINUTES, NULL, 0, "10s",
      N_ ("How long a client may take to sign in.") },
  [BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE] =
    { GROUP (WEBSOCKET), "max-message-size", T (SIZE), RELOAD, 128, MAX_BUFFER, NULL, 0, "1MiB",
      N_ ("The largest message a client may send, inflated and put together.") },
  [BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGES_PER_SECOND] =
    { GROUP (WEBSOCKET), "max-messages-per-second", T (INTEGER), RELOAD, 0, MAX_COUNT, NULL, 0, "100",
      N_ ("Most messages a second from one client; 0 is no limit.") },
  [BELFRY_CONFIG_WEBSOCKET_MAX_SUBSCRIPTIONS] =
    { GROUP (WEBSOCKET), "max-subscriptions", T (INTEGER), RELOAD, 1, MAX_COUNT, NULL, 0, "128",
      N_ ("Most topics that one client may be subscribed to.") },
  [BELFRY_CONFIG_WEBSOCKET_SEND_QUEUE] =
    { GROUP (WEBSOCKET), "send-queue", T (SIZE), RELOAD, KIB, MAX_BUFFER, NULL, 0, "1MiB",
      N_ ("How much may wait for one client before it counts as slow.") },
  [BELFRY_CONFIG_WEBSOCKET_COMPRESSION] =
    { GROUP (WEBSOCKET), "compression", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Offer permessage-deflate.") },

  [BELFRY_CONFIG_ENDPOINT_ENABLED] =
    { GROUP (ENDPOINT), "enabled", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "yes",
      N_ ("Whether the endpoint is there at all; no switches a built-in one off.") },
  [BELFRY_CONFIG_ENDPOINT_DIALECT] =
    { GROUP (ENDPOINT), "dialect", T (ENUM), RELOAD, 0, 0, dialects, 0, "action",
      N_ ("What clients speak there, unless they ask for another subprotocol.") },
  [BELFRY_CONFIG_ENDPOINT_DELIVERY] =
    { GROUP (ENDPOINT), "delivery", T (ENUM), RELOAD, 0, 0, deliveries, 0, "payload",
      N_ ("Whether the typed dialect delivers what was published as it is, or in an envelope with topic, offset and epoch.") },
  [BELFRY_CONFIG_ENDPOINT_COMPRESSION] =
    { GROUP (ENDPOINT), "compression", T (BOOLEAN), RELOAD | INHERITS, 0, 0, NULL, BELFRY_CONFIG_WEBSOCKET_COMPRESSION, "",
      N_ ("Offer permessage-deflate there; unset, as [websocket] says.") },

  [BELFRY_CONFIG_BROKER_URL] =
    { GROUP (BROKER), "url", T (URL), RELOAD, 0, 0, broker_schemes, 0, "",
      N_ ("The Redis server: redis://[USER:PASSWORD@]HOST:PORT/DB, rediss:// for TLS, redis+unix:///PATH, redis+sentinel://HOST:PORT,HOST:PORT/NAME/DB, redis+cluster://HOST:PORT,HOST:PORT; empty keeps everything in this process.") },
  [BELFRY_CONFIG_BROKER_USER] =
    { GROUP (BROKER), "user", T (TEXT), RELOAD, 0, MAX_TEXT, NULL, 0, "",
      N_ ("The user at the Redis server, instead of the URL's.") },
  [BELFRY_CONFIG_BROKER_PASSWORD] =
    { GROUP (BROKER), "password", T (SECRET), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_PASSWORD, "",
      N_ ("The password at the Redis server, instead of the URL's; better kept in a file or a credential.") },
  [BELFRY_CONFIG_BROKER_PASSWORD_FILE] =
    { GROUP (BROKER), "password-file", T (SECRET_FILE), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_PASSWORD, "",
      N_ ("A file that holds the password.") },
  [BELFRY_CONFIG_BROKER_PASSWORD_CREDENTIAL] =
    { GROUP (BROKER), "password-credential", T (CREDENTIAL), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_PASSWORD, "",
      N_ ("A systemd credential that holds the password.") },
  [BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD] =
    { GROUP (BROKER), "sentinel-password", T (SECRET), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD, "",
      N_ ("The password that Sentinels want, if they want one; they are shown no other.") },
  [BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD_FILE] =
    { GROUP (BROKER), "sentinel-password-file", T (SECRET_FILE), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD, "",
      N_ ("A file that holds the password of Sentinels.") },
  [BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD_CREDENTIAL] =
    { GROUP (BROKER), "sentinel-password-credential", T (CREDENTIAL), RELOAD, 0, 0, NULL, BELFRY_CONFIG_BROKER_SENTINEL_PASSWORD, "",
      N_ ("A systemd credential that holds the password of Sentinels.") },
  [BELFRY_CONFIG_BROKER_TLS_CA] =
    { GROUP (BROKER), "tls-ca", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Who may vouch for the certificate of a rediss:// server, PEM; empty is whom the system trusts.") },
  [BELFRY_CONFIG_BROKER_TLS_CERTIFICATE] =
    { GROUP (BROKER), "tls-certificate", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Our own certificate chain, for a server that asks for one, PEM.") },
  [BELFRY_CONFIG_BROKER_TLS_KEY] =
    { GROUP (BROKER), "tls-key", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("The private key of our certificate, PEM; empty if it is in the same file.") },
  [BELFRY_CONFIG_BROKER_TLS_SERVER_NAME] =
    { GROUP (BROKER), "tls-server-name", T (TEXT), RELOAD, 0, MAX_TEXT, NULL, 0, "",
      N_ ("The name that the server's certificate must be for; empty is the host of the URL.") },
  [BELFRY_CONFIG_BROKER_MODE] =
    { GROUP (BROKER), "mode", T (ENUM), RELOAD, 0, 0, broker_modes, 0, "channels",
      N_ ("channels: each topic is a Redis channel; envelope: one channel carries all topics.") },
  [BELFRY_CONFIG_BROKER_CHANNEL] =
    { GROUP (BROKER), "channel", T (TEXT), RELOAD | REQUIRED, 0, MAX_TOPIC, NULL, 0, "websocket_messages",
      N_ ("The channel of the envelope mode.") },
  [BELFRY_CONFIG_BROKER_PREFIX] =
    { GROUP (BROKER), "prefix", T (TEXT), RELOAD, 0, MAX_TOPIC, NULL, 0, "",
      N_ ("What stands before the topic in a channel's name.") },
  [BELFRY_CONFIG_BROKER_CLUSTER_WILDCARDS] =
    { GROUP (BROKER), "cluster-wildcards", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Whether clients may subscribe to patterns where Redis is a cluster. What is published then goes to all of its nodes.") },
  [BELFRY_CONFIG_BROKER_PROBE_INTERVAL] =
    { GROUP (BROKER), "probe-interval", T (DURATION), RELOAD, 100 * MILLISECONDS, HOURS, NULL, 0, "10s",
      N_ ("How often a message of our own must come back through Redis.") },
  [BELFRY_CONFIG_BROKER_OUTBOX] =
    { GROUP (BROKER), "outbox", T (SIZE), RELOAD, 0, MAX_BUFFER, NULL, 0, "4MiB",
      N_ ("How much that was published here is kept while Redis is away.") },
  [BELFRY_CONFIG_BROKER_MEMORY] =
    { GROUP (BROKER), "memory", T (SIZE), RELOAD, MIB, MAX_MEMORY, NULL, 0, "64MiB",
      N_ ("How much memory the history of all topics may take when there is no Redis.") },

  [BELFRY_CONFIG_AUTH_REQUIRED] =
    { GROUP (AUTH), "required", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "yes",
      N_ ("Whether clients must sign in. With no everybody may do everything, the HTTP API with its administration included: for development only.") },
  [BELFRY_CONFIG_AUTH_AUTHORIZERS] =
    { GROUP (AUTH), "authorizers", T (NAMES), RESTART, 0, 0, NULL, 0, "jwt",
      N_ ("Plugins that say who a client is; the first that decides wins.") },
  [BELFRY_CONFIG_AUTH_POLICIES] =
    { GROUP (AUTH), "policies", T (NAMES), RESTART, 0, 0, NULL, 0, "rules",
      N_ ("Plugins that say what a client may do; the first that decides wins.") },
  [BELFRY_CONFIG_AUTH_PLUGIN_TIMEOUT] =
    { GROUP (AUTH), "plugin-timeout", T (DURATION), RELOAD, 100 * MILLISECONDS, MINUTES, NULL, 0, "5s",
      N_ ("How long a plugin may take to answer.") },

  [BELFRY_CONFIG_PLUGIN_JWT_ALGORITHMS] =
    { GROUP (PLUGIN_JWT), "algorithms", T (CHOICES), RELOAD | REQUIRED, 0, 0, algorithms, 0, "HS256",
      N_ ("Which signatures are accepted.") },
  [BELFRY_CONFIG_PLUGIN_JWT_SECRET] =
    { GROUP (PLUGIN_JWT), "secret", T (SECRET), RELOAD, 0, 0, NULL, BELFRY_CONFIG_PLUGIN_JWT_SECRET, "",
      N_ ("The shared secret of HS* signatures; better kept in a file or a credential.") },
  [BELFRY_CONFIG_PLUGIN_JWT_SECRET_FILE] =
    { GROUP (PLUGIN_JWT), "secret-file", T (SECRET_FILE), RELOAD, 0, 0, NULL, BELFRY_CONFIG_PLUGIN_JWT_SECRET, "",
      N_ ("A file that holds the secret.") },
  [BELFRY_CONFIG_PLUGIN_JWT_CREDENTIAL] =
    { GROUP (PLUGIN_JWT), "credential", T (CREDENTIAL), RELOAD, 0, 0, NULL, BELFRY_CONFIG_PLUGIN_JWT_SECRET, "",
      N_ ("A systemd credential that holds the secret.") },
  [BELFRY_CONFIG_PLUGIN_JWT_ALLOW_SHORT_SECRET] =
    { GROUP (PLUGIN_JWT), "allow-short-secret", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Whether the secret may be shorter than the hash of the signature.") },
  [BELFRY_CONFIG_PLUGIN_JWT_KEYS] =
    { GROUP (PLUGIN_JWT), "keys", T (PATHS), RELOAD, 0, 0, NULL, 0, "",
      N_ ("Public keys of RS* and ES* signatures: PEM files, or JWKS files.") },
  [BELFRY_CONFIG_PLUGIN_JWT_ISSUER_KEYS] =
    { GROUP (PLUGIN_JWT), "issuer-keys", T (TEXT), RELOAD, 0, 8 * MAX_TEXT, NULL, 0, "",
      N_ ("Public keys of further issuers: ISSUER=PATH, and more of them behind spaces.") },
  [BELFRY_CONFIG_PLUGIN_JWT_ISSUER] =
    { GROUP (PLUGIN_JWT), "issuer", T (TEXT), RELOAD, 0, MAX_TEXT, NULL, 0, "",
      N_ ("What a token's iss claim must be, if not one of issuer-keys; empty is anything.") },
  [BELFRY_CONFIG_PLUGIN_JWT_AUDIENCE] =
    { GROUP (PLUGIN_JWT), "audience", T (TEXT), RELOAD, 0, MAX_TEXT, NULL, 0, "",
      N_ ("What a token's aud claim must hold; empty is anything.") },
  [BELFRY_CONFIG_PLUGIN_JWT_LEEWAY] =
    { GROUP (PLUGIN_JWT), "leeway", T (DURATION), RELOAD, 0, 10 * MINUTES, NULL, 0, "30s",
      N_ ("How far clocks may be apart.") },
  [BELFRY_CONFIG_PLUGIN_JWT_REQUIRE_EXP] =
    { GROUP (PLUGIN_JWT), "require-exp", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "yes",
      N_ ("Whether a token must say when it expires.") },
  [BELFRY_CONFIG_PLUGIN_JWT_ROLES_CLAIM] =
    { GROUP (PLUGIN_JWT), "roles-claim", T (TEXT), RELOAD, 0, MAX_TEXT, NULL, 0, "roles",
      N_ ("The claim that lists a user's roles, or the way to it, as in realm_access.roles.") },

  [BELFRY_CONFIG_PLUGIN_RULES_FILE] =
    { GROUP (PLUGIN_RULES), "file", T (PATH), RELOAD, 0, 0, NULL, 0, "",
      N_ ("The file of rules; empty is the built-in set, which allows public.* to all, user.{sub}.* to each user and admin.* to the role admin.") },
  [BELFRY_CONFIG_PLUGIN_RULES_DEFAULT] =
    { GROUP (PLUGIN_RULES), "default", T (ENUM), RELOAD, 0, 0, rules_defaults, 0, "deny",
      N_ ("What is said where no rule matches; abstain leaves it to the next policy.") },

  [BELFRY_CONFIG_TOPIC_HISTORY_SIZE] =
    { GROUP (TOPIC), "history-size", T (INTEGER), RELOAD, 0, 1000000, NULL, 0, "0",
      N_ ("How many messages are kept for those who come back; 0 is none.") },
  [BELFRY_CONFIG_TOPIC_HISTORY_BYTES] =
    { GROUP (TOPIC), "history-bytes", T (SIZE), RELOAD, 0, MAX_BUFFER, NULL, 0, "1MiB",
      N_ ("How large they may be together; 0 is no limit.") },
  [BELFRY_CONFIG_TOPIC_HISTORY_TTL] =
    { GROUP (TOPIC), "history-ttl", T (DURATION), RELOAD, SECONDS, 720 * HOURS, NULL, 0, "5min",
      N_ ("How long they are kept.") },
  [BELFRY_CONFIG_TOPIC_PRESENCE] =
    { GROUP (TOPIC), "presence", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "no",
      N_ ("Whether it is known who is subscribed.") },
  [BELFRY_CONFIG_TOPIC_SLOW_CONSUMER] =
    { GROUP (TOPIC), "slow-consumer", T (ENUM), RELOAD, 0, 0, slow_consumers, 0, "disconnect",
      N_ ("What happens when a client's send-queue is full.") },

  [BELFRY_CONFIG_CONTROL_BUS] =
    { GROUP (CONTROL), "bus", T (ENUM), RESTART, 0, 0, buses, 0, "system",
      N_ ("The bus on which the service can be controlled.") },
  [BELFRY_CONFIG_CONTROL_POLKIT] =
    { GROUP (CONTROL), "polkit", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "yes",
      N_ ("Ask polkit who may do what; no allows root and the service's own user.") },

  [BELFRY_CONFIG_HTTP_API_KEY] =
    { GROUP (HTTP), "api-key", T (SECRET), RELOAD, 0, 0, NULL, BELFRY_CONFIG_HTTP_API_KEY, "",
      N_ ("What callers of the HTTP API must know; without one they need a token that grants it.") },
  [BELFRY_CONFIG_HTTP_API_KEY_FILE] =
    { GROUP (HTTP), "api-key-file", T (SECRET_FILE), RELOAD, 0, 0, NULL, BELFRY_CONFIG_HTTP_API_KEY, "",
      N_ ("A file that holds the key.") },
  [BELFRY_CONFIG_HTTP_API_KEY_CREDENTIAL] =
    { GROUP (HTTP), "api-key-credential", T (CREDENTIAL), RELOAD, 0, 0, NULL, BELFRY_CONFIG_HTTP_API_KEY, "",
      N_ ("A systemd credential that holds the key.") },
  [BELFRY_CONFIG_HTTP_METRICS] =
    { GROUP (HTTP), "metrics", T (BOOLEAN), RELOAD, 0, 0, NULL, 0, "yes",
      N_ ("Serve metrics at /metrics.") },

  [BELFRY_CONFIG_LOG_LEVEL] =
    { GROUP (LOG), "level", T (LOG_LEVELS), RELOAD, 0, 0, NULL, 0, "info",
      N_ ("error, warning, notice, info or debug; then exceptions, as in info,config=debug.") },
};
/* clang-format on */
G_STATIC_ASSERT (G_N_ELEMENTS (rows) == BELFRY_CONFIG_N_KEYS);

#undef GROUP
#undef T
#undef RELOAD
#undef RESTART
#undef AUTO
#undef ZERO
#undef REQUIRED
#undef INHERITS

static const BelfryConfigBuiltIn built_in[] = {
  { BELFRY_CONFIG_GROUP_ENDPOINT, "/", BELFRY_CONFIG_ENDPOINT_DIALECT, "action" },
  { BELFRY_CONFIG_GROUP_ENDPOINT, "/ws", BELFRY_CONFIG_ENDPOINT_DIALECT, "typed" },
  { BELFRY_CONFIG_GROUP_TOPIC, "*", BELFRY_CONFIG_TOPIC_HISTORY_SIZE, "0" },
};

/* What a type takes, where the row has nothing to add. */
static const char *const type_phrases[] = {
  [BELFRY_CONFIG_TYPE_BOOLEAN] = N_ ("yes or no"),
  [BELFRY_CONFIG_TYPE_INTEGER] = N_ ("a whole number"),
  [BELFRY_CONFIG_TYPE_DURATION] = N_ ("a duration (ms, s, min, h)"),
  [BELFRY_CONFIG_TYPE_SIZE] = N_ ("a size (bytes, or KiB, MiB, GiB)"),
  [BELFRY_CONFIG_TYPE_ENUM] = N_ ("one of"),
  [BELFRY_CONFIG_TYPE_TEXT] = N_ ("a text"),
  [BELFRY_CONFIG_TYPE_PATH] = N_ ("an absolute path"),
  [BELFRY_CONFIG_TYPE_URL] = N_ ("a URL of the scheme"),
  [BELFRY_CONFIG_TYPE_LOG_LEVELS] = N_ ("a log level, then exceptions of the form DOMAIN=LEVEL"),
  [BELFRY_CONFIG_TYPE_LISTEN] = N_ ("a list of addresses to listen on"),
  [BELFRY_CONFIG_TYPE_ORIGINS] = N_ ("a list of origins"),
  [BELFRY_CONFIG_TYPE_NETWORKS] = N_ ("a list of addresses and networks"),
  [BELFRY_CONFIG_TYPE_NAMES] = N_ ("a list of plugin names"),
  [BELFRY_CONFIG_TYPE_PATHS] = N_ ("a list of absolute paths"),
  [BELFRY_CONFIG_TYPE_CHOICES] = N_ ("a list of"),
  [BELFRY_CONFIG_TYPE_SECRET] = N_ ("a secret"),
  [BELFRY_CONFIG_TYPE_SECRET_FILE] = N_ ("the absolute path of a secret's file"),
  [BELFRY_CONFIG_TYPE_CREDENTIAL] = N_ ("the name of a credential"),
};
G_STATIC_ASSERT (G_N_ELEMENTS (type_phrases) == BELFRY_CONFIG_N_TYPES);

typedef char *(*FormatNumber) (gint64 value);

static FormatNumber
formatter_of (BelfryConfigType type)
{
  switch (type)
    {
    case BELFRY_CONFIG_TYPE_INTEGER:
      return belfry_config_format_integer;
    case BELFRY_CONFIG_TYPE_DURATION:
      return belfry_config_format_duration;
    case BELFRY_CONFIG_TYPE_SIZE:
      return belfry_config_format_size;
    default:
      return NULL;
    }
}

static void
append_range (GString *text, const BelfryConfigRow *row, FormatNumber format)
{
  g_autofree char *minimum = format (row->minimum);
  g_autofree char *maximum = format (row->maximum);

  /* Translators: the smallest and the largest value of a setting */
  g_string_append_printf (text, _ (" from %s to %s"), minimum, maximum);
  if (row->flags & BELFRY_CONFIG_ZERO)
    g_string_append (text, _ (", or 0"));
}

const BelfryConfigRow *
belfry_config_table_row (BelfryConfigKey key)
{
  return &rows[key];
}

const BelfryConfigGroupRow *
belfry_config_table_group (BelfryConfigGroup group)
{
  return &groups[group];
}

const BelfryConfigBuiltIn *
belfry_config_table_built_in (gsize *n)
{
  *n = G_N_ELEMENTS (built_in);
  return built_in;
}

BelfryConfigKey
belfry_config_table_keys (BelfryConfigGroup group, gsize *n)
{
  gsize first = 0;

  while (first < G_N_ELEMENTS (rows) && rows[first].group < group)
    first++;
  gsize last = first;
  while (last < G_N_ELEMENTS (rows) && rows[last].group == group)
    last++;
  *n = last - first;
  return (BelfryConfigKey) first;
}

gboolean
belfry_config_table_find_key (BelfryConfigGroup group, const char *name, BelfryConfigKey *key)
{
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  for (gsize i = first; i < first + n; i++)
    {
      if (strcmp (rows[i].name, name) == 0)
        {
          *key = (BelfryConfigKey) i;
          return TRUE;
        }
    }
  return FALSE;
}

const char *
belfry_config_table_fallback (BelfryConfigKey key, const char *instance)
{
  for (gsize i = 0; instance != NULL && i < G_N_ELEMENTS (built_in); i++)
    {
      if (built_in[i].key == key && strcmp (built_in[i].instance, instance) == 0)
        return built_in[i].fallback;
    }
  return rows[key].flags & BELFRY_CONFIG_INHERITS ? rows[rows[key].related].fallback
                                                  : rows[key].fallback;
}

gboolean
belfry_config_table_is_secret (BelfryConfigKey key)
{
  return rows[key].type == BELFRY_CONFIG_TYPE_SECRET;
}

char *
belfry_config_table_describe (const BelfryConfigRow *row)
{
  g_autoptr (GString) text = g_string_new (NULL);
  FormatNumber format = formatter_of (row->type);

  if (row->flags & BELFRY_CONFIG_AUTO)
    g_string_append (text, _ ("auto, or "));
  g_string_append (text, _ (type_phrases[row->type]));
  if (format != NULL)
    append_range (text, row, format);
  for (gsize i = 0; row->words != NULL && row->words[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : " ", row->words[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
