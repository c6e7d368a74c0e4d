/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-control-private.h"

G_BEGIN_DECLS

/**
 * belfry_control_describe_session:
 * @whole: with its topics, and what waits for it
 *
 * Returns: (transfer floating): a dictionary
 */
GVariant *belfry_control_describe_session (const BelfrySessionInfo *info, gboolean whole);

/* org.belfry.Sessions1.List */
void belfry_control_list_sessions (BelfryControl *self,
                                   GDBusMethodInvocation *invocation,
                                   GVariant *arguments);

G_END_DECLS
