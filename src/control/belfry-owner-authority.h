/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-authority.h"

G_BEGIN_DECLS

/**
 * BelfryOwnerAuthority:
 *
 * Lets root and the service's own user do everything, and others nothing. The bus says who a caller
 * is.
 */
#define BELFRY_TYPE_OWNER_AUTHORITY (belfry_owner_authority_get_type ())
G_DECLARE_FINAL_TYPE (BelfryOwnerAuthority,
                      belfry_owner_authority,
                      BELFRY,
                      OWNER_AUTHORITY,
                      GObject)

/**
 * belfry_owner_authority_new:
 * @uid: the service's own
 */
BelfryAuthority *belfry_owner_authority_new (GDBusConnection *connection, guint32 uid);

G_END_DECLS
