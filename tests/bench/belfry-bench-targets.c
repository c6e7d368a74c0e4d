/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-targets.h"

/* The servers that are compared. The yardstick stands against itself, too: that ratio says how far
 * the others can be trusted. */

static const char *const yardstick_argv[] = { "tests/bench/yardstick", NULL };

#define YARDSTICK_FANOUT                                                                           \
  {                                                                                                \
    .name = "yardstick", .argv = yardstick_argv, .port_after = "127.0.0.1:",                       \
    .plan = { .subscriber = { .path = "/" }, .publisher = { .path = "/publish" } },                \
  }

#define YARDSTICK_ECHO                                                                             \
  {                                                                                                \
    .name = "yardstick", .argv = yardstick_argv,                                                   \
    .port_after = "127.0.0.1:", .plan = { .subscriber = { .path = "/echo" } },                     \
  }

static const char *const relay_argv[] = { "tests/bench/relay", NULL };

static const BelfryBenchTarget fanout_targets[] = {
  YARDSTICK_FANOUT,
  YARDSTICK_FANOUT,
  {
      .name = "belfry",
      .argv = relay_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/" }, .publisher = { .path = "/publish" } },
  },
};

static const BelfryBenchTarget echo_targets[] = {
  YARDSTICK_ECHO,
  YARDSTICK_ECHO,
  {
      .name = "belfry",
      .argv = relay_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/echo" } },
  },
};

static const char *const one_worker_argv[] = { "tests/bench/relay", "1", NULL };
static const char *const two_workers_argv[] = { "tests/bench/relay", "2", NULL };

#define RELAY_ECHO(name_, argv_)                                                                   \
  {                                                                                                \
    .name = (name_), .argv = (argv_),                                                              \
    .port_after = "127.0.0.1:", .plan = { .subscriber = { .path = "/echo" } },                     \
  }

static const BelfryBenchTarget cores_targets[] = {
  RELAY_ECHO ("1 worker", one_worker_argv),
  RELAY_ECHO ("1 worker", one_worker_argv),
  RELAY_ECHO ("2 workers", two_workers_argv),
};

/* About a kilobyte, as an application would send it: neither noise nor all the same. */
#define ORDERS                                                                                     \
  "{\"topic\":\"orders\",\"data\":["                                                               \
  "{\"id\":48151,\"customer\":\"Ada Lovelace\",\"total\":129900,\"state\":\"paid\","               \
  "\"lines\":[{\"sku\":\"A-1299\",\"quantity\":2},{\"sku\":\"B-4815\",\"quantity\":1}]},"          \
  "{\"id\":62342,\"customer\":\"Grace Hopper\",\"total\":4250,\"state\":\"shipped\","              \
  "\"lines\":[{\"sku\":\"C-0425\",\"quantity\":7},{\"sku\":\"B-6234\",\"quantity\":1}]},"          \
  "{\"id\":10888,\"customer\":\"Edsger Dijkstra\",\"total\":77310,\"state\":\"open\","             \
  "\"lines\":[{\"sku\":\"A-7731\",\"quantity\":1},{\"sku\":\"D-1088\",\"quantity\":3}]},"          \
  "{\"id\":29571,\"customer\":\"Barbara Liskov\",\"total\":1999,\"state\":\"paid\","               \
  "\"lines\":[{\"sku\":\"C-0199\",\"quantity\":12},{\"sku\":\"A-2957\",\"quantity\":1}]},"         \
  "{\"id\":77004,\"customer\":\"Ken Thompson\",\"total\":25000,\"state\":\"returned\","            \
  "\"lines\":[{\"sku\":\"D-2500\",\"quantity\":1},{\"sku\":\"C-7700\",\"quantity\":5}]},"          \
  "{\"id\":35520,\"customer\":\"Frances Allen\",\"total\":86450,\"state\":\"open\","               \
  "\"lines\":[{\"sku\":\"B-8645\",\"quantity\":4},{\"sku\":\"A-3552\",\"quantity\":2}]}],"         \
  "\"mark\":\""

#define RELAY_ORDERS(name_, publisher_, deflate_)                                                  \
  {                                                                                                \
    .name = (name_), .argv = relay_argv, .port_after = "127.0.0.1:",                               \
    .plan = { .subscriber = { .path = "/" },                                                       \
              .publisher = { .path = (publisher_) },                                               \
              .prefix = ORDERS,                                                                    \
              .suffix = "\"}",                                                                     \
              .deflate = (deflate_) },                                                             \
  }

static const BelfryBenchTarget compression_targets[] = {
  RELAY_ORDERS ("plain", "/publish", FALSE),
  RELAY_ORDERS ("plain", "/publish", FALSE),
  RELAY_ORDERS ("once", "/publish", TRUE),
  RELAY_ORDERS ("for each", "/publish-each", TRUE),
};

#define PING_TEXT G_STRINGIFY (BELFRY_BENCH_PING)

static const char *const yardstick_ping_argv[] = { "tests/bench/yardstick", "0", PING_TEXT, NULL };
static const char *const relay_ping_argv[] = { "tests/bench/relay", "1", PING_TEXT "s", NULL };

static const BelfryBenchTarget idle_targets[] = {
  {
      .name = "yardstick",
      .argv = yardstick_ping_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/" } },
  },
  {
      .name = "yardstick",
      .argv = yardstick_ping_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/" } },
  },
  {
      .name = "belfry",
      .argv = relay_ping_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/" } },
  },
};

/* The daemon as it ships, but for where it listens and how many it takes. */
#define DAEMON(workers_, ...)                                                                      \
  {                                                                                                \
    "src/belfryd", "--config=/dev/null", "--set=server.listen=127.0.0.1:0",                        \
        "--set=server.workers=" workers_, "--set=server.max-connections=20000",                    \
        "--set=websocket.max-messages-per-second=0", __VA_ARGS__                                   \
  }

static const char *const daemon_argv[] = DAEMON ("1", NULL);
static const char *const open_daemon_argv[] = DAEMON ("1", "--set=auth.required=no", NULL);
static const char *const two_workers_daemon_argv[] = DAEMON ("2", NULL);

/* Of {"sub":"bench","publish":["public.>"],"exp":4102444800}, signed with BELFRY_BENCH_SECRET. */
#define SIGN_IN                                                                                    \
  "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."                                    \
  "eyJzdWIiOiJiZW5jaCIsInB1Ymxpc2giOlsicHVibGljLj4iXSwiZXhwIjo0MTAyNDQ0ODAwfQ."                    \
  "OHv-sI36Aq-D8wlVghWorMohq9qbRndkfxL-Ah7AUeM\r\n"

#define SUBSCRIBE(topic_) "{\"action\":\"subscribe\",\"context\":\"" topic_ "\"}"

#define PUBLISH(topic_) "{\"action\":\"publish\",\"context\":\"" topic_ "\",\"payload\":\""

/* What the daemon says before the answer to that: two lines of greeting; and that it knows who it
 * is. */
#define ANSWERS 3
#define SIGNED_IN_ANSWERS 4

static const BelfryBenchTarget connect_targets[] = {
  YARDSTICK_FANOUT,
  YARDSTICK_FANOUT,
  {
      .name = "relay",
      .argv = relay_argv,
      .port_after = "127.0.0.1:",
      .plan = { .subscriber = { .path = "/" } },
  },
  {
      .name = "core",
      .argv = open_daemon_argv,
      .port_after = "workers, port ",
      .plan = { .subscriber = { .path = "/",
                                .first = SUBSCRIBE ("public.{n}"),
                                .n_answers = ANSWERS } },
  },
  {
      .name = "signed in",
      .argv = daemon_argv,
      .port_after = "workers, port ",
      .plan = { .subscriber = { .path = "/",
                                .headers = SIGN_IN,
                                .first = SUBSCRIBE ("public.{n}"),
                                .n_answers = SIGNED_IN_ANSWERS } },
  },
};

static const BelfryBenchTarget topics_targets[] = {
  YARDSTICK_ECHO,
  YARDSTICK_ECHO,
  {
      .name = "daemon",
      .argv = daemon_argv,
      .port_after = "workers, port ",
      .plan = { .subscriber = { .path = "/",
                                .headers = SIGN_IN,
                                .first = SUBSCRIBE ("public.{n}"),
                                .n_answers = SIGNED_IN_ANSWERS },
                .prefix = PUBLISH ("public.{n}"),
                .suffix = "\"}" },
  },
};

static const char *const redis_yardstick_argv[] = { "tests/bench/yardstick", "0", "0", "{redis}",
                                                    NULL };
static const char *const redis_daemon_argv[] =
    DAEMON ("1", "--set=broker.url=redis://127.0.0.1:{redis}", NULL);

/* Its first frame says that Redis has confirmed the topic. */
#define YARDSTICK_REDIS                                                                            \
  {                                                                                                \
    .name = "yardstick", .argv = redis_yardstick_argv,                                             \
    .port_after = "127.0.0.1:", .topics = "public.",                                               \
    .plan = { .subscriber = { .path = "/topic/public.{n}", .n_answers = 1 } },                     \
  }

static const BelfryBenchTarget redis_targets[] = {
  YARDSTICK_REDIS,
  YARDSTICK_REDIS,
  {
      .name = "daemon",
      .argv = redis_daemon_argv,
      .port_after = "workers, port ",
      .topics = "public.",
      .plan = { .subscriber = { .path = "/",
                                .headers = SIGN_IN,
                                .first = SUBSCRIBE ("public.{n}"),
                                .n_answers = SIGNED_IN_ANSWERS } },
  },
};

#define TWO_WORKERS_DAEMON(topic_, ...)                                                            \
  {                                                                                                \
    .name = "daemon", .argv = two_workers_daemon_argv, .port_after = "workers, port ",             \
    .plan = { .subscriber = { .path = "/",                                                         \
                              .headers = SIGN_IN,                                                  \
                              .first = SUBSCRIBE (topic_),                                         \
                              .n_answers = SIGNED_IN_ANSWERS },                                    \
              __VA_ARGS__ },                                                                       \
  }

/* Client processes number their connections alike; each process has a name of its own. */
static const BelfryBenchTarget daemon_target = TWO_WORKERS_DAEMON ("public.{p}.{n}", );

static const BelfryBenchTarget common_daemon_target =
    TWO_WORKERS_DAEMON ("public.all",
                        .publisher = { .path = "/",
                                       .headers = SIGN_IN,
                                       .first = SUBSCRIBE ("public.none"),
                                       .n_answers = SIGNED_IN_ANSWERS },
                        .prefix = PUBLISH ("public.all"),
                        .suffix = "\"}");

static const struct
{
  const BelfryBenchTarget *targets; /* (unowned) */
  guint n_targets;
} tables[] = {
  [BELFRY_BENCH_FANOUT] = { fanout_targets, G_N_ELEMENTS (fanout_targets) },
  [BELFRY_BENCH_ECHO] = { echo_targets, G_N_ELEMENTS (echo_targets) },
  [BELFRY_BENCH_CORES] = { cores_targets, G_N_ELEMENTS (cores_targets) },
  [BELFRY_BENCH_COMPRESSION] = { compression_targets, G_N_ELEMENTS (compression_targets) },
  [BELFRY_BENCH_IDLE] = { idle_targets, G_N_ELEMENTS (idle_targets) },
  [BELFRY_BENCH_TOPICS] = { topics_targets, G_N_ELEMENTS (topics_targets) },
  [BELFRY_BENCH_CONNECT] = { connect_targets, G_N_ELEMENTS (connect_targets) },
  [BELFRY_BENCH_REDIS] = { redis_targets, G_N_ELEMENTS (redis_targets) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (tables) == BELFRY_BENCH_N_USES);

const BelfryBenchTarget *
belfry_bench_targets (BelfryBenchUse use, guint *n)
{
  *n = tables[use].n_targets;
  return tables[use].targets;
}

const BelfryBenchTarget *
belfry_bench_daemon (void)
{
  return &daemon_target;
}

const BelfryBenchTarget *
belfry_bench_daemon_in_common (void)
{
  return &common_daemon_target;
}

const BelfryBenchTarget *
belfry_bench_daemon_with_redis (void)
{
  return &redis_targets[G_N_ELEMENTS (redis_targets) - 1];
}
