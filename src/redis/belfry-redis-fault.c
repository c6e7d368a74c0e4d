/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-fault"

#include "config.h"

#include "belfry-redis-fault.h"

#include <string.h>

/* The kinds of faults in one table. Of what Redis says only the first word counts: the rest is for
 * people, differs from version to version, and may quote the command, with the password of an AUTH
 * in it. */

typedef struct
{
  const char *name;    /* (unowned): for logs and metrics */
  const char *word;    /* (unowned) (nullable): what Redis's error begins with */
  const char *meaning; /* (unowned) */
  BelfryError code;
  BelfryRedisRemedy remedy;
} Traits;

static const Traits all_traits[] = {
  [BELFRY_REDIS_FAULT_NONE] = { "none", NULL, "nothing is wrong", BELFRY_ERROR_INTERNAL,
                                BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_OTHER] = { "other", NULL, "Redis answered with an error",
                                 BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_READONLY] = { "readonly", "READONLY", "this Redis takes no writes any more",
                                    BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_LOADING] = { "loading", "LOADING", "Redis is still loading its data",
                                   BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_MISCONF] = { "misconf", "MISCONF", "Redis takes no writes: it cannot save",
                                   BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_WAIT },
  [BELFRY_REDIS_FAULT_NOAUTH] = { "noauth", "NOAUTH", "Redis wants a password",
                                  BELFRY_ERROR_NOT_PERMITTED, BELFRY_REDIS_REMEDY_MEND },
  [BELFRY_REDIS_FAULT_WRONGPASS] = { "wrongpass", "WRONGPASS",
                                     "Redis does not take this user and password",
                                     BELFRY_ERROR_NOT_PERMITTED, BELFRY_REDIS_REMEDY_MEND },
  [BELFRY_REDIS_FAULT_NOPERM] = { "noperm", "NOPERM", "Redis's access list forbids it",
                                  BELFRY_ERROR_NOT_PERMITTED, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_DENIED] = { "denied", "DENIED", "Redis is in protected mode",
                                  BELFRY_ERROR_NOT_PERMITTED, BELFRY_REDIS_REMEDY_MEND },
  [BELFRY_REDIS_FAULT_MOVED] = { "moved", "MOVED", "another node of the cluster has this",
                                 BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_ASK] = { "ask", "ASK", "this moves to another node of the cluster",
                               BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_TRYAGAIN] = { "tryagain", "TRYAGAIN",
                                    "this moves to another node of the cluster",
                                    BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_CLUSTERDOWN] = { "clusterdown", "CLUSTERDOWN", "the cluster is down",
                                       BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_WAIT },
  [BELFRY_REDIS_FAULT_MASTERDOWN] = { "masterdown", "MASTERDOWN",
                                      "this Redis is a replica without its primary",
                                      BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_NOREPLICAS] = { "noreplicas", "NOREPLICAS",
                                      "Redis takes no writes: too few replicas",
                                      BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_WAIT },
  [BELFRY_REDIS_FAULT_OOM] = { "oom", "OOM", "Redis is at its memory limit",
                               BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_WAIT },
  [BELFRY_REDIS_FAULT_NOSCRIPT] = { "noscript", "NOSCRIPT", "Redis does not know this script",
                                    BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_NONE },
  [BELFRY_REDIS_FAULT_BUSY] = { "busy", "BUSY", "Redis is busy with a script",
                                BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_WAIT },
  [BELFRY_REDIS_FAULT_UNREACHABLE] = { "unreachable", NULL, "no connection",
                                       BELFRY_ERROR_UNAVAILABLE, BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_TLS] = { "tls", NULL, "no secure connection", BELFRY_ERROR_UNAVAILABLE,
                               BELFRY_REDIS_REMEDY_MEND },
  [BELFRY_REDIS_FAULT_PROTOCOL] = { "protocol", NULL, "not what a Redis says",
                                    BELFRY_ERROR_PROTOCOL, BELFRY_REDIS_REMEDY_MEND },
  [BELFRY_REDIS_FAULT_TIMEOUT] = { "timeout", NULL, "no answer in time", BELFRY_ERROR_TIMED_OUT,
                                   BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_LOST] = { "lost", NULL, "the connection was lost", BELFRY_ERROR_UNAVAILABLE,
                                BELFRY_REDIS_REMEDY_RECONNECT },
  [BELFRY_REDIS_FAULT_CLOSED] = { "closed", NULL, "the connection was closed", BELFRY_ERROR_CLOSED,
                                  BELFRY_REDIS_REMEDY_RECONNECT },
};
G_STATIC_ASSERT (G_N_ELEMENTS (all_traits) == BELFRY_REDIS_N_FAULTS);

BelfryRedisFault
belfry_redis_fault_from_text (const char *text)
{
  gsize length = strcspn (text, " ");

  for (guint i = 0; i < G_N_ELEMENTS (all_traits); i++)
    {
      const char *word = all_traits[i].word;

      if (word != NULL && strlen (word) == length && strncmp (word, text, length) == 0)
        return (BelfryRedisFault) i;
    }
  return BELFRY_REDIS_FAULT_OTHER;
}

const char *
belfry_redis_fault_to_string (BelfryRedisFault fault)
{
  return all_traits[fault].name;
}

gboolean
belfry_redis_fault_wants_reconnect (BelfryRedisFault fault)
{
  return all_traits[fault].remedy >= BELFRY_REDIS_REMEDY_RECONNECT;
}

BelfryRedisRemedy
belfry_redis_fault_get_remedy (BelfryRedisFault fault)
{
  return all_traits[fault].remedy;
}

GError *
belfry_redis_fault_new_error (BelfryRedisFault fault, const char *context)
{
  const Traits *traits = &all_traits[fault];

  return g_error_new (BELFRY_ERROR, (int) traits->code, "%s: %s", context, traits->meaning);
}
