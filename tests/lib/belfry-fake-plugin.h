/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryFakePlugin:
 *
 * A plugin that knows everything by the words in it. What a word does is done at once, or later if
 * "late" stands before it, as in "late-deny": when the test says so.
 *
 * A token: "refuse", "expire", "fail", "abstain", "hang"; or a user's name, followed by any of
 * `;jti=ID`, `;ttl=SECONDS`, `;role=ROLE`, `;info=JSON`, `;subscribe=PATTERN`, `;publish=PATTERN`.
 *
 * A topic's first segment: "deny", "abstain", "fail", "hang"; all others are allowed.
 *
 * A payload: "refuse", "fail", "hang"; "shout" is replaced by "SHOUT"; all others pass.
 */
#define BELFRY_TYPE_FAKE_PLUGIN (belfry_fake_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BelfryFakePlugin, belfry_fake_plugin, BELFRY, FAKE_PLUGIN, GObject)

/* @wall: (nullable): what tells the time for tokens that expire */
BelfryFakePlugin *belfry_fake_plugin_new (gint64 (*wall) (gpointer user_data), gpointer user_data);

/* Answers everything that is late. */
void belfry_fake_plugin_release (BelfryFakePlugin *self);
guint belfry_fake_plugin_get_n_late (BelfryFakePlugin *self);

/* How often it was asked something that it could not say at once. */
guint belfry_fake_plugin_get_n_asked (BelfryFakePlugin *self);

/* How many of its calls were cancelled. */
guint belfry_fake_plugin_get_n_cancelled (BelfryFakePlugin *self);

G_END_DECLS
