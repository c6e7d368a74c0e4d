/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-state.h"

G_BEGIN_DECLS

/* Of what follows the table of descriptors, which is the same in all versions. */
#define BELFRY_HANDOVER_VERSION 1

/* Descriptors and texts that a handover may have: more than a process has descriptors. */
#define BELFRY_HANDOVER_MAX_DESCRIPTORS (1u << 22)

/**
 * BelfryHandoverKind:
 *
 * What a descriptor is, as far as any version must know.
 */
typedef enum
{
  BELFRY_HANDOVER_LISTENS,
  BELFRY_HANDOVER_CLIENT,     /* of WebSocket: the next byte that we write begins a frame */
  BELFRY_HANDOVER_CLIENT_CUT, /* likewise, but within one */
  BELFRY_HANDOVER_N_KINDS,
} BelfryHandoverKind;

/**
 * BelfryHandoverSection:
 *
 * Whose state it is.
 */
typedef enum
{
  BELFRY_HANDOVER_CORE,
  BELFRY_HANDOVER_SERVER,
  BELFRY_HANDOVER_SOCKETS,
  BELFRY_HANDOVER_N_SECTIONS,
} BelfryHandoverSection;

/**
 * BelfryHandover:
 *
 * What one image of the program leaves to the next: descriptors, and a section of state for each
 * who has some. The composition root's, on the main thread.
 */
typedef struct _BelfryHandover BelfryHandover;

/* Writing */

BelfryHandover *belfry_handover_new (void);

/* If it was taken over, closes what descriptors nobody has taken, after a word to clients. */
void belfry_handover_free (BelfryHandover *self);

/* @fd: stays the caller's */
void belfry_handover_add_fd (BelfryHandover *self, int fd, BelfryHandoverKind kind);

/* Returns: (transfer none): what the section is written into */
BelfryStateWriter *belfry_handover_get_writer (BelfryHandover *self, BelfryHandoverSection section);

/**
 * belfry_handover_seal:
 * @error: %BELFRY_ERROR_SYSTEM
 *
 * Writes all into a sealed memory file, close-on-exec.
 *
 * Returns: its descriptor, -1 on error
 */
int belfry_handover_seal (BelfryHandover *self, GError **error);

/* Lets the descriptors, and @memory, live through an exec, or not. */
gboolean belfry_handover_keep (const BelfryHandover *self, int memory, gboolean keep);

/* Reading */

/**
 * belfry_handover_parse:
 * @bytes: untrusted
 * @error: %BELFRY_ERROR_INVALID_ARGUMENT if not even the head can be read; else all descriptors are
 * known
 *
 * Nothing is done with descriptors yet.
 *
 * Returns: (transfer full) (nullable): what was left
 */
BelfryHandover *belfry_handover_parse (GBytes *bytes, GError **error);

/**
 * belfry_handover_take:
 *
 * Takes what the image before has left to this one, if there was one: out of the environment, and
 * out of memory. All descriptors are close-on-exec then. To be called before there are threads and
 * before anything is opened.
 *
 * Returns: (transfer full) (nullable): what was left
 */
BelfryHandover *belfry_handover_take (void);

/* Returns: whether the sections are of a version that is understood, and whole */
gboolean belfry_handover_is_good (const BelfryHandover *self);

/* What is in them cannot be used after all: nobody takes any more descriptors. */
void belfry_handover_spoil (BelfryHandover *self);

/* Begins to read a section; an empty one if there is none. */
void belfry_handover_read (const BelfryHandover *self,
                           BelfryHandoverSection section,
                           BelfryStateReader *reader);

/**
 * belfry_handover_take_fd:
 *
 * Returns: @fd, which is the caller's from now on; -1 if it is not of that kind or was taken
 */
int belfry_handover_take_fd (BelfryHandover *self, int fd, gboolean listens);

/* Takes leave of a client of which nothing is half written. @fd: (transfer full) */
void belfry_handover_close (int fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHandover, belfry_handover_free)

G_END_DECLS
