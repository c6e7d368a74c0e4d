/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BELFRY_MASK_SIZE 4

/**
 * belfry_mask_apply:
 * @bytes: (array length=length): a piece of a payload, changed in place
 * @length: how long the piece is
 * @mask: the frame's mask
 * @offset: how many bytes of the payload lie before the piece
 *
 * Masks or unmasks: the two are one operation.
 */
void
belfry_mask_apply (guint8 *bytes, gsize length, const guint8 mask[BELFRY_MASK_SIZE], gsize offset);

G_END_DECLS
