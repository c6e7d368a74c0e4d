/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"

G_BEGIN_DECLS

/**
 * BelfryPresence:
 *
 * Which users are subscribed to which topics, in this process. Belongs to one thread.
 */
typedef struct _BelfryPresence BelfryPresence;

BelfryPresence *belfry_presence_new (void);
void belfry_presence_free (BelfryPresence *self);

/**
 * belfry_presence_add:
 * @info: (nullable): takes the place of what was told with earlier sessions
 *
 * Returns: whether this is the user's first session there
 */
gboolean
belfry_presence_add (BelfryPresence *self, const char *topic, const char *user, const char *info);

/**
 * belfry_presence_remove:
 *
 * Does nothing if the user is not there.
 *
 * Returns: (transfer full) (nullable): who has left, if this was the last session
 */
BelfryPresenceEntry *
belfry_presence_remove (BelfryPresence *self, const char *topic, const char *user);

/**
 * belfry_presence_list:
 *
 * Returns: (transfer full) (element-type BelfryPresenceEntry): who is there, by name
 */
GPtrArray *belfry_presence_list (BelfryPresence *self, const char *topic);

/* @func: must not change the table */
typedef void (*BelfryPresenceFunc) (const char *topic,
                                    const BelfryPresenceEntry *entry,
                                    gpointer user_data);
void
belfry_presence_foreach (const BelfryPresence *self, BelfryPresenceFunc func, gpointer user_data);

guint belfry_presence_get_n_topics (const BelfryPresence *self);

/**
 * belfry_presence_payload:
 * @info: (nullable): what is no JSON object is left out
 *
 * Returns: (transfer full): the payload of a JOIN or a LEAVE: `{"user":..,"info":..}`
 */
GBytes *belfry_presence_payload (const char *user, const char *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryPresence, belfry_presence_free)

G_END_DECLS
