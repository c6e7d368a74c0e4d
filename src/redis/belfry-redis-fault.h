/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-error.h"

G_BEGIN_DECLS

/**
 * BelfryRedisFault:
 *
 * What went wrong with Redis, by kind. Whoever has to decide what to do next branches on this.
 */
typedef enum
{
  BELFRY_REDIS_FAULT_NONE,
  /* What Redis answered, by its first word */
  BELFRY_REDIS_FAULT_OTHER,       /* none of the following */
  BELFRY_REDIS_FAULT_READONLY,    /* a replica now */
  BELFRY_REDIS_FAULT_LOADING,     /* starting, reads its data */
  BELFRY_REDIS_FAULT_MISCONF,     /* cannot save, and takes no writes for that */
  BELFRY_REDIS_FAULT_NOAUTH,      /* wants a password */
  BELFRY_REDIS_FAULT_WRONGPASS,   /* wants another one */
  BELFRY_REDIS_FAULT_NOPERM,      /* its access list forbids it */
  BELFRY_REDIS_FAULT_DENIED,      /* protected mode: nobody but the same machine */
  BELFRY_REDIS_FAULT_MOVED,       /* another node's slot */
  BELFRY_REDIS_FAULT_ASK,         /* a slot on its way to another node */
  BELFRY_REDIS_FAULT_TRYAGAIN,    /* likewise, half of it there */
  BELFRY_REDIS_FAULT_CLUSTERDOWN, /* slots without a node */
  BELFRY_REDIS_FAULT_MASTERDOWN,  /* a replica that has lost its primary */
  BELFRY_REDIS_FAULT_NOREPLICAS,  /* too few replicas to take a write */
  BELFRY_REDIS_FAULT_OOM,         /* at its memory limit */
  BELFRY_REDIS_FAULT_NOSCRIPT,    /* has forgotten a script */
  BELFRY_REDIS_FAULT_BUSY,        /* a script runs for too long */
  /* What became of the connection */
  BELFRY_REDIS_FAULT_UNREACHABLE, /* never came to be */
  BELFRY_REDIS_FAULT_TLS,         /* no proof who is there, or not wanted there */
  BELFRY_REDIS_FAULT_PROTOCOL,    /* not what a Redis says, or more than there is room for */
  BELFRY_REDIS_FAULT_TIMEOUT,     /* no answer in time */
  BELFRY_REDIS_FAULT_LOST,        /* it broke, or was closed by the other side */
  BELFRY_REDIS_FAULT_CLOSED,      /* we closed it */
  BELFRY_REDIS_N_FAULTS,
} BelfryRedisFault;

/**
 * BelfryRedisRemedy:
 *
 * What helps, by how much of it is ours to do.
 */
typedef enum
{
  BELFRY_REDIS_REMEDY_NONE,      /* the command's fault: nothing is wrong with the server */
  BELFRY_REDIS_REMEDY_WAIT,      /* the connection is good; the server cannot do its work for now */
  BELFRY_REDIS_REMEDY_RECONNECT, /* soon: it may be back, or another one be in its place */
  BELFRY_REDIS_REMEDY_MEND,      /* somebody has to mend the settings of one side: ask seldom */
} BelfryRedisRemedy;

/**
 * belfry_redis_fault_from_text:
 * @text: what stands in an error of Redis
 *
 * Returns: one that Redis answers, never %BELFRY_REDIS_FAULT_NONE
 */
BelfryRedisFault belfry_redis_fault_from_text (const char *text);

/* Returns: (transfer none): one lower-case word, for logs and metrics */
const char *belfry_redis_fault_to_string (BelfryRedisFault fault);

/**
 * belfry_redis_fault_wants_reconnect:
 *
 * Returns: whether this connection leads nowhere any more, so that looking the server up and
 * connecting again is what may help
 */
gboolean belfry_redis_fault_wants_reconnect (BelfryRedisFault fault);

BelfryRedisRemedy belfry_redis_fault_get_remedy (BelfryRedisFault fault);

/**
 * belfry_redis_fault_new_error:
 * @context: what was tried: no part of a command but its name
 *
 * Returns: (transfer full): a %BELFRY_ERROR that fits
 */
GError *belfry_redis_fault_new_error (BelfryRedisFault fault, const char *context);

G_END_DECLS
