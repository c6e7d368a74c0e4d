/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryRulesPlugin:
 *
 * Says by a file of rules who may do what with which topic.
 */
#define BELFRY_TYPE_RULES_PLUGIN (belfry_rules_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BelfryRulesPlugin, belfry_rules_plugin, BELFRY, RULES_PLUGIN, BelfryPlugin)

G_END_DECLS
