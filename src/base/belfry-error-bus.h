/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-error.h"

G_BEGIN_DECLS

/**
 * belfry_error_register_bus_names:
 *
 * Gives each code of %BELFRY_ERROR its name on the bus, `org.belfry.Error.NAME`: the service's
 * errors leave by it, and callers get them back as what they were. May be called again.
 */
void belfry_error_register_bus_names (void);

G_END_DECLS
