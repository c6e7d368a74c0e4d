/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * belfry_control_fail:
 * @invocation: (transfer full)
 * @error: (transfer full): of any domain; what is not ours is told as `Internal`
 */
void belfry_control_fail (GDBusMethodInvocation *invocation, GError *error);

G_END_DECLS
