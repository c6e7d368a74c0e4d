/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryFakePart:
 *
 * A part that writes down what is done to it and misbehaves as it is told to.
 */
#define BELFRY_TYPE_FAKE_PART (belfry_fake_part_get_type ())
G_DECLARE_FINAL_TYPE (BelfryFakePart, belfry_fake_part, BELFRY, FAKE_PART, GObject)

struct _BelfryFakePart
{
  GObject parent_instance;

  char *name; /* (owned) */
  GString *
      journal; /* (unowned): what was done, to all parts of a test: `+a` started, `-a` stopped... */
  GTask *pending; /* (owned) (nullable): a start, drain or stop that hangs */
  gboolean fails_start;
  gboolean fails_check;
  gboolean hangs_start; /* until cancelled or answered */
  gboolean hangs_drain;
  gboolean hangs_stop;
  gboolean lifeless;
};

BelfryFakePart *belfry_fake_part_new (const char *name, GString *journal);

/**
 * belfry_fake_part_answer:
 *
 * Ends what hangs, with success.
 */
void belfry_fake_part_answer (BelfryFakePart *self);

G_END_DECLS
