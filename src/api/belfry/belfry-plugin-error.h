/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <glib-object.h>

#include <belfry/belfry-visibility.h>

G_BEGIN_DECLS

/**
 * BelfryPluginError:
 * @BELFRY_PLUGIN_ERROR_FAILED: the plugin could not do it; an authorizer or policy that fails so is
 *   passed over, and the next one is asked
 * @BELFRY_PLUGIN_ERROR_SETTING: a setting is wrong; the message names it
 * @BELFRY_PLUGIN_ERROR_REFUSED: the credentials, or the message, were looked at and refused
 * @BELFRY_PLUGIN_ERROR_EXPIRED: the credentials were good once
 * @BELFRY_PLUGIN_ERROR_UNAVAILABLE: what is needed is away; trying again later helps
 *
 * What plugins fail with.
 */
typedef enum
{
  BELFRY_PLUGIN_ERROR_FAILED,
  BELFRY_PLUGIN_ERROR_SETTING,
  BELFRY_PLUGIN_ERROR_REFUSED,
  BELFRY_PLUGIN_ERROR_EXPIRED,
  BELFRY_PLUGIN_ERROR_UNAVAILABLE,
} BelfryPluginError;

/**
 * BELFRY_PLUGIN_ERROR:
 *
 * The domain of [error@Belfry.PluginError].
 */
#define BELFRY_PLUGIN_ERROR (belfry_plugin_error_quark ())
BELFRY_API
GQuark belfry_plugin_error_quark (void);

G_END_DECLS
