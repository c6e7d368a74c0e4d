/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-dialect-write.h"

G_BEGIN_DECLS

typedef struct _BelfryDialectVoice BelfryDialectVoice;

/* Writes an event into as many texts as it needs. */
typedef void (*BelfryDialectAnswer) (const BelfryDialectVoice *voice,
                                     const BelfryEvent *event,
                                     GPtrArray *texts);

/* How an event is told, and in which words. */
typedef struct
{
  BelfryDialectAnswer write;
  const char *word; /* (unowned) (nullable): what it is called */
  const char *text; /* (unowned) (nullable): for people, as `message` */
} BelfryDialectSaying;

/**
 * BelfryDialectVoice:
 *
 * How a dialect that is JSON tells events: a constant table.
 */
struct _BelfryDialectVoice
{
  const char *kind;  /* (unowned): the member with the word */
  const char *topic; /* (unowned): the member with the topic of an answer */
  void (*message) (BelfryJsonWriter *writer, const BelfryMessage *message); /* of a history */
  BelfryDialectSaying sayings[BELFRY_EVENT_N_KINDS];
};

/* Writes it as the voice has it. */
void
belfry_dialect_answer (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts);

/* Begins a text that may have more members, with the event's word. */
void belfry_dialect_answer_begin (const BelfryDialectVoice *voice,
                                  const BelfryEvent *event,
                                  GPtrArray *texts,
                                  BelfryJsonWriter *writer);

/* What dialects tell alike, but for the words. */

void belfry_dialect_answer_nothing (const BelfryDialectVoice *voice,
                                    const BelfryEvent *event,
                                    GPtrArray *texts);
void belfry_dialect_answer_plain (const BelfryDialectVoice *voice,
                                  const BelfryEvent *event,
                                  GPtrArray *texts);
void belfry_dialect_answer_presence (const BelfryDialectVoice *voice,
                                     const BelfryEvent *event,
                                     GPtrArray *texts);
void belfry_dialect_answer_history (const BelfryDialectVoice *voice,
                                    const BelfryEvent *event,
                                    GPtrArray *texts);
void belfry_dialect_answer_error (const BelfryDialectVoice *voice,
                                  const BelfryEvent *event,
                                  GPtrArray *texts);
void belfry_dialect_answer_gap (const BelfryDialectVoice *voice,
                                const BelfryEvent *event,
                                GPtrArray *texts);

G_END_DECLS
