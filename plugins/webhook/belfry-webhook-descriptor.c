/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-plugin.h"

/* What the service finds in the module. */

BELFRY_DEFINE_PLUGIN ("webhook",
                      BELFRY_VERSION,
                      "LGPL-2.1-or-later",
                      BELFRY_PLUGIN_AUTHORIZER | BELFRY_PLUGIN_TOPIC_POLICY,
                      belfry_webhook_plugin_get_type);
