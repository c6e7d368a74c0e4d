/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRedisScript:
 *
 * What Redis does in one step for us. The keys of a script have one slot.
 */
typedef enum
{
  BELFRY_REDIS_SCRIPT_PUBLISH,
  BELFRY_REDIS_SCRIPT_HISTORY,
  BELFRY_REDIS_SCRIPT_PRESENCE_SET,
  BELFRY_REDIS_SCRIPT_PRESENCE_RENEW,
  BELFRY_REDIS_SCRIPT_PRESENCE_LIST,
  BELFRY_REDIS_SCRIPT_TELL,
  BELFRY_REDIS_SCRIPT_BLOCKS,
  BELFRY_REDIS_N_SCRIPTS,
} BelfryRedisScript;

/* Returns: (transfer none): one word, for errors */
const char *belfry_redis_script_get_name (BelfryRedisScript script);

/* Returns: (transfer none): its Lua */
const char *belfry_redis_script_get_text (BelfryRedisScript script);

/* Returns: (transfer full): what Redis knows it by: the SHA-1 of its text */
char *belfry_redis_script_dup_digest (BelfryRedisScript script);

G_END_DECLS
