/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-plugin-error.h>

GQuark
belfry_plugin_error_quark (void)
{
  return g_quark_from_static_string ("belfry-plugin-error-quark");
}
