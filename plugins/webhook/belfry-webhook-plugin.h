/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryWebhookPlugin:
 *
 * Asks an HTTP backend who a client is, and what he may do.
 */
#define BELFRY_TYPE_WEBHOOK_PLUGIN (belfry_webhook_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BelfryWebhookPlugin,
                      belfry_webhook_plugin,
                      BELFRY,
                      WEBHOOK_PLUGIN,
                      BelfryPlugin)

G_END_DECLS
