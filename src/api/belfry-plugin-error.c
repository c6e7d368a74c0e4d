/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-plugin-error.h>

G_DEFINE_QUARK (belfry - plugin - error - quark, belfry_plugin_error)
