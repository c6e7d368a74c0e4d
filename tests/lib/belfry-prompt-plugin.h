/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryPromptPlugin:
 *
 * An authorizer that says at once who somebody is: by the token, which is "refuse", "expire",
 * "fail", "abstain", or a user's name.
 */
#define BELFRY_TYPE_PROMPT_PLUGIN (belfry_prompt_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BelfryPromptPlugin, belfry_prompt_plugin, BELFRY, PROMPT_PLUGIN, GObject)

BelfryPromptPlugin *belfry_prompt_plugin_new (void);

/* How often it was asked. */
guint belfry_prompt_plugin_get_n_asked (BelfryPromptPlugin *self);

G_END_DECLS
