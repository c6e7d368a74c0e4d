/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-template-vala"

#include <belfry/belfry.h>

/* What the service looks at before it calls anything. Vala makes no constant of that shape that
 * other files can see, so it is written here; its compiler made the class. */
GType announcements_plugin_get_type (void);

BELFRY_DEFINE_PLUGIN ("template-vala",
                      "1.0",
                      "LGPL-2.1-or-later",
                      BELFRY_PLUGIN_TOPIC_POLICY,
                      announcements_plugin_get_type);
