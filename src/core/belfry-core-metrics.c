/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-core-metrics"

#include "config.h"

#include "belfry-core-metrics.h"

#include <string.h>

/* What the core counts, as a table; and which row a session belongs to. Constants: any thread. No
 * row has a user's or a topic's name in it, of which there may be any number. */

static const char *const dialects[] = {
  "action", "typed", "socket.io", "centrifugo-json", "event-stream",
};
G_STATIC_ASSERT (G_N_ELEMENTS (dialects) == BELFRY_CORE_N_DIALECTS - 1);

static const guint16 close_codes[] = {
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011,
  1012, 1013, 4401, 4403, 4408, 4409, 4501, 4502, 4503,
};
G_STATIC_ASSERT (G_N_ELEMENTS (close_codes) == BELFRY_CORE_N_CLOSE_CODES - 1);

/* clang-format off */
#define SPEC(name, KIND, UNIT, help)                                                               \
  { name, BELFRY_METRIC_##KIND, BELFRY_METRIC_UNIT_##UNIT, help, { { NULL, NULL } } }
#define LABELLED(name, KIND, UNIT, help, label, value)                                             \
  { name, BELFRY_METRIC_##KIND, BELFRY_METRIC_UNIT_##UNIT, help, { { label, value } } }

#define SESSIONS(dialect, authenticated)                                                           \
  { "belfry_sessions", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_NONE, "Open sessions",              \
    { { "dialect", dialect }, { "authenticated", authenticated } } }
#define ALL_SESSIONS(authenticated)                                                                \
  SESSIONS ("action", authenticated), SESSIONS ("typed", authenticated),                           \
  SESSIONS ("socket.io", authenticated), SESSIONS ("centrifugo-json", authenticated),              \
  SESSIONS ("event-stream", authenticated), SESSIONS ("other", authenticated)
#define CLOSED(code)                                                                               \
  LABELLED ("belfry_sessions_closed", COUNTER, NONE, "Sessions that ended", "code", code)
#define GAPS(reason)                                                                               \
  LABELLED ("belfry_gaps", COUNTER, NONE, "Times that a client was told of lost messages",         \
            "reason", reason)
#define AUTHENTICATIONS(result)                                                                    \
  LABELLED ("belfry_authentications", COUNTER, NONE, "Credentials that were looked at",            \
            "result", result)
#define AUTHORIZATIONS(verdict)                                                                    \
  LABELLED ("belfry_authorizations", COUNTER, NONE, "Decisions on what somebody may do",           \
            "verdict", verdict)
#define RECOVERIES(recovered)                                                                      \
  LABELLED ("belfry_recoveries", COUNTER, NONE, "Subscriptions that asked for what they missed",   \
            "recovered", recovered)

const BelfryMetricSpec belfry_core_metrics[] = {
  [BELFRY_CORE_METRIC_SESSIONS] = ALL_SESSIONS ("no"), ALL_SESSIONS ("yes"),
  [BELFRY_CORE_METRIC_SESSIONS_OPENED] =
    SPEC ("belfry_sessions_opened", COUNTER, NONE, "Sessions that began"),
  [BELFRY_CORE_METRIC_SESSIONS_CLOSED] =
    CLOSED ("1000"), CLOSED ("1001"), CLOSED ("1002"), CLOSED ("1003"), CLOSED ("1005"),
    CLOSED ("1006"), CLOSED ("1007"), CLOSED ("1008"), CLOSED ("1009"), CLOSED ("1011"),
    CLOSED ("1012"), CLOSED ("1013"), CLOSED ("4401"), CLOSED ("4403"), CLOSED ("4408"),
    CLOSED ("4409"), CLOSED ("4501"), CLOSED ("4502"), CLOSED ("4503"), CLOSED ("other"),
  [BELFRY_CORE_METRIC_MESSAGES_DELIVERED] =
    SPEC ("belfry_messages_delivered", COUNTER, NONE, "Messages given to clients, each time"),
  [BELFRY_CORE_METRIC_MESSAGES_RECOVERED] =
    SPEC ("belfry_messages_recovered", COUNTER, NONE,
          "Messages given to clients that had missed them"),
  [BELFRY_CORE_METRIC_DELIVERY_LATENCY] =
    SPEC ("belfry_delivery_seconds", HISTOGRAM, SECONDS,
          "From the arrival of a message until a worker has queued it for its clients"),
  [BELFRY_CORE_METRIC_GAPS_BACKLOG] = GAPS ("backlog"),
  [BELFRY_CORE_METRIC_GAPS_SLOW] = GAPS ("slow"),
  [BELFRY_CORE_METRIC_GAPS_BROKER] = GAPS ("broker"),
  [BELFRY_CORE_METRIC_BACKLOG_BYTES] =
    SPEC ("belfry_backlog_bytes", GAUGE, BYTES, "Messages that wait for a worker"),
  [BELFRY_CORE_METRIC_RATE_LIMITED] =
    SPEC ("belfry_requests_rate_limited", COUNTER, NONE,
          "Requests refused because too many of the client waited"),
  [BELFRY_CORE_METRIC_MESSAGES_RECEIVED] =
    SPEC ("belfry_messages_received", COUNTER, NONE, "Messages that came from the broker"),
  [BELFRY_CORE_METRIC_MESSAGES_PUBLISHED] =
    SPEC ("belfry_messages_published", COUNTER, NONE, "Messages that the broker took from us"),
  [BELFRY_CORE_METRIC_MESSAGES_REFUSED] =
    SPEC ("belfry_messages_refused", COUNTER, NONE,
          "Messages that were to be published and were not"),
  [BELFRY_CORE_METRIC_MESSAGES_DROPPED] =
    SPEC ("belfry_messages_dropped", COUNTER, NONE,
          "Messages that a worker had no room for, each told as a gap"),
  [BELFRY_CORE_METRIC_MESSAGE_SIZE] =
    SPEC ("belfry_message_size_bytes", HISTOGRAM, BYTES, "Payloads that came from the broker"),
  [BELFRY_CORE_METRIC_TOPICS] =
    SPEC ("belfry_topics", GAUGE, NONE, "Topics and patterns that have subscribers here"),
  [BELFRY_CORE_METRIC_SUBSCRIPTIONS] =
    SPEC ("belfry_subscriptions", GAUGE, NONE, "Subscriptions of clients"),
  [BELFRY_CORE_METRIC_RECOVERED] = RECOVERIES ("yes"),
  [BELFRY_CORE_METRIC_NOT_RECOVERED] = RECOVERIES ("no"),
  [BELFRY_CORE_METRIC_BROKER_UP] =
    SPEC ("belfry_broker_up", GAUGE, NONE,
          "Whether the broker is up (1), or degraded or not yet connected (0)"),
  [BELFRY_CORE_METRIC_BROKER_LATENCY] =
    SPEC ("belfry_broker_latency_seconds", GAUGE, SECONDS,
          "How long the broker's last answer took; 0 if it needs no time or gave none"),
  [BELFRY_CORE_METRIC_BROKER_PROOF_AGE] =
    SPEC ("belfry_broker_proof_age_seconds", GAUGE, SECONDS,
          "For how long it was not seen that the broker delivers; 0 if it cannot fail or never was"),
  [BELFRY_CORE_METRIC_AUTHENTICATED] = AUTHENTICATIONS ("accepted"),
  [BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED] = AUTHENTICATIONS ("refused"),
  [BELFRY_CORE_METRIC_AUTHENTICATION_EXPIRED] = AUTHENTICATIONS ("expired"),
  [BELFRY_CORE_METRIC_AUTHENTICATION_UNAVAILABLE] = AUTHENTICATIONS ("unavailable"),
  [BELFRY_CORE_METRIC_ALLOWED] = AUTHORIZATIONS ("allowed"),
  [BELFRY_CORE_METRIC_DENIED] = AUTHORIZATIONS ("denied"),
  [BELFRY_CORE_METRIC_AUTHORIZATION_UNAVAILABLE] = AUTHORIZATIONS ("unavailable"),
  [BELFRY_CORE_METRIC_PLUGIN_CALLS] =
    SPEC ("belfry_plugin_call_seconds", HISTOGRAM, SECONDS,
          "How long plugins took to answer what they could not say at once"),
  [BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS] =
    SPEC ("belfry_plugin_timeouts", COUNTER, NONE, "Questions that a plugin did not answer in time"),
};
/* clang-format on */
G_STATIC_ASSERT (G_N_ELEMENTS (belfry_core_metrics) == BELFRY_CORE_N_METRICS);

BelfryCoreMetric
belfry_core_metric_sessions (const char *dialect, gboolean authenticated)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (dialects) && strcmp (dialects[i], dialect) != 0)
    i++;
  return BELFRY_CORE_METRIC_SESSIONS + i + (authenticated ? BELFRY_CORE_N_DIALECTS : 0);
}

BelfryCoreMetric
belfry_core_metric_closed (guint code)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (close_codes) && close_codes[i] != code)
    i++;
  return BELFRY_CORE_METRIC_SESSIONS_CLOSED + i;
}

void
belfry_core_slot_init (BelfryCoreSlot *self, BelfryMetricsSlot *slot)
{
  self->slot = slot;
  self->base = belfry_metrics_get_base (slot->metrics, belfry_core_metrics);
}
