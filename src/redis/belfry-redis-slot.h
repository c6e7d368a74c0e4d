/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Into how many a cluster divides its keys and channels. */
#define BELFRY_REDIS_N_SLOTS 16384

/* Returns: the CRC16 that a cluster counts with (XMODEM's) */
guint16 belfry_redis_crc16 (const char *bytes, gsize length);

/**
 * belfry_redis_slot_of:
 *
 * Returns: the slot of a key or a sharded channel: that of what stands between its first brace and
 * the next closing one, if there is anything, otherwise that of all of it
 */
guint belfry_redis_slot_of (const char *name, gsize length);

/**
 * belfry_redis_slot_name_key:
 * @prefix: what all keys begin with; may be empty
 * @kind: which of the keys that belong to @channel
 * @channel: a name that begins with @prefix, too
 * @detail: what tells keys of the same kind and channel apart; may be empty
 *
 * Names the key `PREFIXbelfry:KIND:{CHANNEL}DETAIL`, or another one, always the same, where
 * braces in the prefix or the channel are in the way. Different arguments make different names.
 *
 * Returns: (transfer full): the name of a key in the slot of @channel
 */
char *belfry_redis_slot_name_key (const char *prefix,
                                  const char *kind,
                                  const char *channel,
                                  const char *detail);

/* Returns: (transfer full) (nullable): a name `PREFIXbelfry:KIND:{TAG}DETAIL` in @slot; %NULL if
 * the prefix decides on the slot */
char *
belfry_redis_slot_name_in (const char *prefix, const char *kind, const char *detail, guint slot);

G_END_DECLS
