/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-authority.h"

G_BEGIN_DECLS

/**
 * BelfryPolkitAuthority:
 *
 * Asks polkit. Where polkit is not installed, the owner's authority is asked instead, which allows
 * nobody whom polkit would not.
 */
#define BELFRY_TYPE_POLKIT_AUTHORITY (belfry_polkit_authority_get_type ())
G_DECLARE_FINAL_TYPE (BelfryPolkitAuthority,
                      belfry_polkit_authority,
                      BELFRY,
                      POLKIT_AUTHORITY,
                      GObject)

/**
 * belfry_polkit_authority_new:
 * @connection: the system bus
 * @owner: (transfer none): for where there is no polkit
 */
BelfryAuthority *belfry_polkit_authority_new (GDBusConnection *connection, BelfryAuthority *owner);

G_END_DECLS
