/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-load.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-test-config.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

typedef struct
{
  const char *defect;
  const char *text;
  const char *error; /* what the one message begins with */
} BadCase;

static const BadCase bad_cases[] = {
  { "an unknown group", "[servr]\n",
    "c:1: [servr]: there is no such group (did you mean “server”?)" },
  { "a group in capitals", "[Server]\n",
    "c:1: [Server]: there is no such group (did you mean “server”?)" },
  { "a group like no other", "[bananas]\n", "c:1: [bananas]: there is no such group\n" },
  { "a plugin as a group", "[jwt]\n", "c:1: [jwt]: there is no such group" },
  { "a name where there is none", "[server x]\n",
    "c:1: [server x]: expected [server] without a name" },
  { "an endpoint without a path", "[endpoint]\n", "c:1: [endpoint]: expected [endpoint PATH]" },
  { "a topic without a pattern", "[topic]\n", "c:1: [topic]: expected [topic PATTERN]" },
  { "a plugin without a name", "[plugin]\n", "c:1: [plugin]: expected [plugin NAME]" },
  { "a relative path", "[endpoint ws]\n",
    "c:1: [endpoint ws]: expected a path that begins with /" },
  { "a path with a query", "[endpoint /ws?x]\n", "c:1: [endpoint /ws?x]: expected a path that" },
  { "a path that climbs", "[endpoint /../x]\n", "c:1: [endpoint /../x]: expected a path that" },
  { "a control character in a pattern", "[topic a\033b]\n",
    "c:1: [topic a\\x1bb]: expected a topic pattern" },
  { "a no-break space in a pattern", "[topic a\xc2\xa0z]\n",
    "c:1: [topic a\xc2\xa0z]: expected a topic pattern" },
  { "a plugin with a path as its name", "[plugin ../x]\n",
    "c:1: [plugin ../x]: expected a plugin's name" },
  { "an unknown key", "[server]\nlisen = x\n",
    "c:2: [server] lisen: there is no such key (did you mean “listen”?)" },
  { "a key in capitals", "[server]\nLISTEN = x\n",
    "c:2: [server] LISTEN: there is no such key (did you mean “listen”?)" },
  { "a key with underscores", "[server]\ntls_key = x\n",
    "c:2: [server] tls_key: there is no such key (did you mean “tls-key”?)" },
  { "a key of another group", "[server]\nping-interval = 1s\n",
    "c:2: [server] ping-interval: there is no such key (did you mean “[websocket] ping-interval”?)" },
  { "a key of a group with names", "[server]\nhistory-size = 1\n",
    "c:2: [server] history-size: there is no such key (did you mean “[topic PATTERN] "
    "history-size”?)" },
  { "a key like no other", "[server]\nbanana = 1\n",
    "c:2: [server] banana: there is no such key\n" },
  { "an unknown key of a known plugin", "[plugin jwt]\nsecrets = hunter2\n",
    "c:2: [plugin jwt] secrets: there is no such key (did you mean “secret”?)" },
  { "an unknown key of an instance", "[topic a]\npresense = yes\n",
    "c:2: [topic a] presense: there is no such key (did you mean “presence”?)" },
  { "a key of no other letters than ours", "[server]\na.b = 1\n",
    "c:2: [server] a.b: there is no such key\n" },

  { "an empty truth", "[server]\ndemo =\n",
    "c:2: [server] demo: must not be empty: expected yes or no" },
  { "a wrong truth", "[server]\ndemo = maybe\n",
    "c:2: [server] demo: “maybe” is wrong: expected yes or no" },
  { "a control character", "[server]\ndemo = \033[2J\n",
    "c:2: [server] demo: expected UTF-8 text without control characters" },
  { "an empty number", "[server]\nmax-connections =\n",
    "c:2: [server] max-connections: must not be empty: expected a whole number from 1 to 10000000" },
  { "a number below its range", "[server]\nmax-connections = 0\n",
    "c:2: [server] max-connections: “0” is wrong: expected a whole number from 1 to 10000000" },
  { "a number above its range", "[server]\nmax-connections = 10000001\n",
    "c:2: [server] max-connections: “10000001” is wrong" },
  { "a negative number", "[server]\nmax-connections = -1\n",
    "c:2: [server] max-connections: “-1” is wrong" },
  { "a number that overflows", "[server]\nmax-connections = 18446744073709551617\n",
    "c:2: [server] max-connections: “18446744073709551617” is wrong" },
  { "a word that is not auto", "[server]\nworkers = all\n",
    "c:2: [server] workers: “all” is wrong: expected auto, or a whole number from 1 to 1024" },
  { "no workers", "[server]\nworkers = 0\n", "c:2: [server] workers: “0” is wrong" },
  { "auto where it is not taken", "[server]\nmax-connections = auto\n",
    "c:2: [server] max-connections: “auto” is wrong" },
  { "a duration without a unit", "[server]\nidle-timeout = 60\n",
    "c:2: [server] idle-timeout: “60” is wrong: expected a duration (ms, s, min, h) from 100ms to "
    "24h" },
  { "a duration below its range", "[websocket]\nping-timeout = 99ms\n",
    "c:2: [websocket] ping-timeout: “99ms” is wrong" },
  { "a duration of 0 that is not taken", "[websocket]\nping-timeout = 0\n",
    "c:2: [websocket] ping-timeout: “0” is wrong" },
  { "a duration above its range", "[websocket]\nping-interval = 61min\n",
    "c:2: [websocket] ping-interval: “61min” is wrong: expected a duration (ms, s, min, h) from "
    "100ms to 1h, or 0" },
  { "a duration with a wrong unit", "[topic a]\nhistory-ttl = 1d\n",
    "c:2: [topic a] history-ttl: “1d” is wrong" },
  { "a size with a wrong unit", "[websocket]\nsend-queue = 1MB\n",
    "c:2: [websocket] send-queue: “1MB” is wrong: expected a size (bytes, or KiB, MiB, GiB) from "
    "1KiB to 1GiB" },
  { "a size above its range", "[broker]\noutbox = 2GiB\n",
    "c:2: [broker] outbox: “2GiB” is wrong" },
  { "a word that is no choice", "[endpoint /]\ndialect = type\n",
    "c:2: [endpoint /] dialect: “type” is wrong: expected one of action, typed, socket.io, "
    "centrifugo-json, echo (did you mean “typed”?)" },
  { "a choice in capitals", "[topic *]\nslow-consumer = Conflate\n",
    "c:2: [topic *] slow-consumer: “Conflate” is wrong: expected one of disconnect, drop-oldest, "
    "drop-newest, conflate (did you mean “conflate”?)" },
  { "no choice", "[control]\nbus =\n",
    "c:2: [control] bus: must not be empty: expected one of system, session, none" },
  { "an empty text where there must be one", "[broker]\nchannel =\n",
    "c:2: [broker] channel: must not be empty: expected a text" },
  { "white space in a channel", "[broker]\nchannel = a b\n",
    "c:2: [broker] channel: expected no white space" },
  { "white space in a prefix", "[broker]\nprefix = a b\n",
    "c:2: [broker] prefix: expected no white space" },
  { "a relative path", "[plugin rules]\nfile = topics.rules\n",
    "c:2: [plugin rules] file: “topics.rules” is wrong: expected an absolute path" },
  { "a URL of another scheme", "[broker]\nurl = http://u:hunter2@localhost\n",
    "c:2: [broker] url: expected a URL of the scheme redis, rediss, redis+unix, redis+sentinel, "
    "rediss+sentinel, redis+cluster, rediss+cluster\n" },
  { "a key of Redis without a certificate", "[broker]\ntls-key = /k.pem\n",
    "c:2: [broker] tls-key: expected tls-certificate to be set, too\n" },
  { "a user of Redis without a password", "[broker]\nuser = me\n",
    "c:2: [broker] user: expected a password to be set, too\n" },
  { "a URL without a host", "[broker]\nurl = redis://:hunter2@\n",
    "c:2: [broker] url: expected a URL of the scheme" },
  { "a password where no URL belongs", "[server]\nallowed-origins = https://u:hunter2@h\n",
    "c:2: [server] allowed-origins: “https://***@h” is wrong" },
  { "a level that there is not", "[log]\nlevel = loud\n",
    "c:2: [log] level: “loud” is wrong: expected a log level" },
  { "an exception without a level", "[log]\nlevel = info,config\n",
    "c:2: [log] level: “info,config” is wrong" },
  { "no level", "[log]\nlevel =\n", "c:2: [log] level: must not be empty" },
  { "nowhere to listen", "[server]\nlisten =\n",
    "c:2: [server] listen: must not be empty: expected a list of addresses to listen on" },
  { "a list of nothing", "[server]\nlisten = , ,\n", "c:2: [server] listen: must not be empty" },
  { "an address without a port", "[server]\nlisten = *:80, localhost\n",
    "c:2: [server] listen: “localhost” is wrong: expected a list of addresses to listen on" },
  { "an address twice", "[server]\nlisten = *:80 *:80\n",
    "c:2: [server] listen: “*:80” is there twice" },
  { "an address twice, once with TLS", "[server]\nlisten = *:80 tls:*:80\n",
    "c:2: [server] listen: “tls:*:80” is there twice" },
  { "the activated sockets twice", "[server]\nlisten = systemd systemd\n",
    "c:2: [server] listen: “systemd” is there twice" },
  { "one of the activated sockets twice", "[server]\nlisten = systemd systemd:a\n",
    "c:2: [server] listen: “systemd:a” is there twice" },
  { "TLS without a certificate", "[server]\nlisten = tls:*:443\n",
    "c:2: [server] listen: “tls:*:443”: expected tls-certificate and tls-key to be set" },
  { "a certificate without its key", "[server]\ntls-certificate = /c\n",
    "c:2: [server] tls-certificate: expected tls-key, too" },
  { "a key without its certificate", "[server]\n\ntls-key = /k\n",
    "c:3: [server] tls-key: expected tls-certificate, too" },
  { "an origin with a path", "[server]\nallowed-origins = https://a.example/\n",
    "c:2: [server] allowed-origins: “https://a.example/” is wrong: expected a list of origins" },
  { "an origin twice", "[server]\nallowed-origins = https://a https://a:443\n",
    "c:2: [server] allowed-origins: “https://a” is there twice" },
  { "a name as a network", "[server]\ntrusted-proxies = 10.0.0.0/8 localhost\n",
    "c:2: [server] trusted-proxies: “localhost” is wrong: expected a list of addresses and "
    "networks" },
  { "a plugin by its file", "[auth]\nauthorizers = jwt.so\n",
    "c:2: [auth] authorizers: “jwt.so” is wrong: expected a list of plugin names" },
  { "a plugin twice", "[auth]\npolicies = rules rules\n",
    "c:2: [auth] policies: “rules” is there twice" },
  { "nobody to ask", "[auth]\nauthorizers =\n",
    "c:2: [auth] authorizers: nobody could sign in: expected an authorizer" },
  { "no signature at all", "[plugin jwt]\nalgorithms = none\n",
    "c:2: [plugin jwt] algorithms: “none” is wrong: expected a list of HS256, HS384" },
  { "an algorithm in small letters", "[plugin jwt]\nalgorithms = HS256 rs256\n",
    "c:2: [plugin jwt] algorithms: “rs256” is wrong: expected a list of HS256, HS384, HS512, RS256, "
    "RS384, RS512, ES256, ES384, ES512 (did you mean “RS256”?)" },
  { "no algorithm", "[plugin jwt]\nalgorithms =\n",
    "c:2: [plugin jwt] algorithms: must not be empty" },
  { "a relative path in a list", "[plugin jwt]\nkeys = /a b\n",
    "c:2: [plugin jwt] keys: “b” is wrong: expected a list of absolute paths" },
  { "two forms of a secret", "[plugin jwt]\nsecret = hunter2\nsecret-file = /x/y\n",
    "c:3: [plugin jwt] secret-file: secret is set, too: expected only one of them" },
  { "two forms of a key", "[http]\napi-key = hunter2\napi-key-credential = c\n",
    "c:3: [http] api-key-credential: api-key is set, too: expected only one of them" },
  { "a secret in the place of its file", "[plugin jwt]\nsecret-file = hunter2\n",
    "c:2: [plugin jwt] secret-file: expected the absolute path of a secret's file" },
  { "a path in the place of a credential", "[plugin jwt]\ncredential = /hunter2\n",
    "c:2: [plugin jwt] credential: expected the name of a credential" },
  { "a credential outside of a service", "[plugin jwt]\ncredential = x\n",
    "c:2: [plugin jwt] credential: there are no credentials: expected CREDENTIALS_DIRECTORY" },
  { "a secret's file that is not there", "[http]\napi-key-file = /nonexistent/key\n",
    "c:2: [http] api-key-file: /nonexistent/key: cannot be opened: No such file" },
  { "a folder as a secret's file", "[http]\napi-key-file = /\n",
    "c:2: [http] api-key-file: /: a folder: expected a file" },
  { "an answer awaited longer than the pause", "[websocket]\nping-timeout = 31s\n",
    "c:2: [websocket] ping-timeout: expected a ping-timeout (31s) that is not longer than "
    "ping-interval (30s)" },
  { "a pause shorter than the answer may take", "[websocket]\nping-interval = 1s\n",
    "c:2: [websocket] ping-interval: expected a ping-timeout (10s) that is not longer than "
    "ping-interval (1s)" },
  { "a control character for a plugin", "[plugin x]\na = \001\n",
    "c:2: [plugin x] a: expected UTF-8 text without control characters" },
  { "a line that is no setting", "[server]\nhunter2\n", "c:2: [server]: expected key = value" },
};

/* Every defect is refused, with its line, what was expected, and what was meant; and no secret
 * comes out that way. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *row = &bad_cases[i];
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config =
          belfry_config_load_text (row->text, strlen (row->text), "c", problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s: %s", row->defect, errors);
      g_assert_null (config);
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
      if (!g_str_has_prefix (errors, row->error))
        g_error ("expected “%s”, not “%s”", row->error, errors);
      g_assert_null (strstr (errors, "hunter2"));
    }
}

/* All that is wrong is told at once, in the order of the lines, then what does not go together. */
static void
test_all_at_once (void)
{
  const char text[] =
      "[servr]\nlisten = x\n[server]\nworkers = x\ntls-key = /k\n[log]\nlevel = x\n";
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load_text (text, strlen (text), "c", problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  g_assert_null (config);
  g_assert_cmpstr (
      errors, ==,
      "c:1: [servr]: there is no such group (did you mean “server”?)\n"
      "c:4: [server] workers: “x” is wrong: expected auto, or a whole number from 1 to 1024\n"
      "c:7: [log] level: “x” is wrong: expected a log level, then exceptions of the form "
      "DOMAIN=LEVEL\n"
      "c:5: [server] tls-key: expected tls-certificate, too\n");
}

/* A long value is not repeated at length. */
static void
test_long_value (void)
{
  g_autofree char *fill = g_strnfill (5000, 'x');
  g_autofree char *text = g_strconcat ("[server]\nworkers = ", fill, "\n", NULL);
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load_text (text, strlen (text), "c", problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  g_assert_null (config);
  g_assert_cmpuint (strlen (errors), <, 200);
  belfry_test_assert_contains (errors, "xxx…” is wrong");
}

typedef struct
{
  const char *what;
  const char *text;
  const char *warning; /* (nullable) */
} WarnCase;

#define SECRET "[plugin jwt]\nsecret = 0123456789abcdef0123456789abcdef\n"

#define AUTH_OFF                                                                                   \
  "c:2: [auth] required: nobody needs to sign in, and everybody may do everything, "               \
  "administration included: for development only\n"
#define OPEN(listen) "[auth]\nrequired = no\n[server]\nlisten = " listen "\n"
#define EXPOSED(listen)                                                                            \
  "c:4: [server] listen: “" listen "”: other machines can come this way, and nobody needs to "   \
  "sign in\n"

static const WarnCase warn_cases[] = {
  { "a good configuration", SECRET, "" },
  { "signing in is off", "[auth]\nrequired = no\n", AUTH_OFF },
  { "nobody to ask, and nobody asks", "[auth]\nrequired = no\nauthorizers =\n", AUTH_OFF },
  { "signing in is off, for this machine", OPEN ("127.0.0.2:1 [::1]:2 localhost:3 unix:/s systemd"),
    AUTH_OFF },
  { "signing in is off on every address", OPEN ("127.0.0.1:1 *:2"), AUTH_OFF EXPOSED ("*:2") },
  { "signing in is off on addresses of others' networks", OPEN ("192.0.2.1:1 [2001:db8::1]:2"),
    AUTH_OFF EXPOSED ("192.0.2.1:1") EXPOSED ("[2001:db8::1]:2") },
  { "signing in is off on a name", OPEN ("example.org:1"), AUTH_OFF EXPOSED ("example.org:1") },
  { "every address, but signing in is on", SECRET "[server]\nlisten = *:2\n", "" },
  { "every page may connect", SECRET "[server]\nallowed-origins = https://a *\n",
    "c:4: [server] allowed-origins: every web page may connect in the name of who looks at it\n" },
  { "nothing to verify with", "",
    "[plugin jwt] secret: no token can be verified before a secret or keys are set\n" },
  { "keys to verify with", "[plugin jwt]\nalgorithms = ES256\nkeys = /k\n", "" },
  { "a secret that is short", "[plugin jwt]\nsecret = hunter2\n",
    "c:2: [plugin jwt] secret: shorter than 32 bytes: it could be guessed\n" },
  { "another plugin is asked", "[auth]\nauthorizers = webhook\n", "" },
};

/* What works but is not safe is told, with its place, and without the secret. */
static void
test_warnings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (warn_cases); i++)
    {
      const WarnCase *row = &warn_cases[i];
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config =
          belfry_config_load_text (row->text, strlen (row->text), "c", problems);
      g_autofree char *warnings = belfry_test_config_warnings (problems);

      g_test_message ("%s", row->what);
      g_assert_nonnull (config);
      g_assert_cmpstr (warnings, ==, row->warning);
    }
}

/* Groups and plugin keys end at a limit. */
static void
test_many (void)
{
  g_autoptr (GString) topics = g_string_new (NULL);
  g_autoptr (GString) keys = g_string_new ("[plugin x]\n");
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();

  for (int i = 0; i < 1001; i++)
    g_string_append_printf (topics, "[topic t%d]\n", i);
  for (int i = 0; i < 257; i++)
    g_string_append_printf (keys, "k%d = 1\n", i);
  g_autoptr (BelfryConfig) first =
      belfry_config_load_text (topics->str, topics->len, "t", problems);
  g_autoptr (BelfryConfig) second = belfry_config_load_text (keys->str, keys->len, "k", problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  g_assert_null (first);
  g_assert_null (second);
  g_assert_cmpstr (errors, ==,
                   "t:1000: [topic t999]: more than 1000 groups of the kind\n"
                   "t:1001: [topic t1000]: more than 1000 groups of the kind\n"
                   "k:258: [plugin x] k256: more than 256 keys\n");
}

/* The three folders of a machine, and what else one can hand to the loader. */
typedef struct
{
  BelfryTestDir *dir; /* (owned) */
  char *etc;          /* (owned) */
  char *run;          /* (owned) */
  char *vendor;       /* (owned) */
  BelfryConfigSources sources;
} Machine;

static void
machine_init (Machine *self)
{
  self->dir = belfry_test_dir_new ();
  self->etc = belfry_test_dir_path (self->dir, "etc");
  self->run = belfry_test_dir_path (self->dir, "run");
  self->vendor = belfry_test_dir_path (self->dir, "vendor");
  self->sources = (BelfryConfigSources){ .sysconf_dir = self->etc,
                                         .runtime_dir = self->run,
                                         .vendor_dir = self->vendor };
}

static void
machine_clear (Machine *self)
{
  belfry_test_dir_free (self->dir);
  g_free (self->etc);
  g_free (self->run);
  g_free (self->vendor);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Machine, machine_clear)

static void
put (Machine *self, const char *name, const char *text)
{
  g_autofree char *path = belfry_test_dir_write (self->dir, name, text, -1);

  g_assert_cmpint (chmod (path, 0600), ==, 0);
}

static char *
load_level (Machine *self)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load (&self->sources, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  g_assert_cmpstr (errors, ==, "");
  return g_strdup (belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL));
}

static void
put_level (Machine *self, const char *name, const char *level)
{
  g_autofree char *text = g_strdup_printf ("[log]\nlevel = info,x%s=debug\n", level);

  put (self, name, text);
}

/* A row says, for each place that can set the level, from the weakest to the strongest, whether it
 * does; the strongest that does must win. */
enum
{
  PLACE_VENDOR,
  PLACE_RUN,
  PLACE_ETC,
  PLACE_VENDOR_DROP_IN,
  PLACE_ETC_DROP_IN,
  PLACE_RUN_DROP_IN,
  PLACE_ENV_FILE,
  PLACE_ENVIRONMENT,
  PLACE_OVERRIDE,
  N_PLACES,
};

/* Drop-ins count by their names, not their folders. */
static const char *const place_files[N_PLACES] = {
  "vendor/belfry.conf",
  "run/belfry.conf",
  "etc/belfry.conf",
  "vendor/belfry.conf.d/10-a.conf",
  "etc/belfry.conf.d/20-b.conf",
  "run/belfry.conf.d/30-c.conf",
  NULL,
  NULL,
  NULL,
};

/* Of all combinations of places that set a key, the strongest place wins. */
static void
test_precedence (void)
{
  for (guint mask = 0; mask < 1 << N_PLACES; mask++)
    {
      g_auto (Machine) machine = { NULL };
      int strongest = -1;

      machine_init (&machine);
      g_autofree char *env_file = belfry_test_dir_path (machine.dir, "env");
      const char *const environment[] = { "HOME=/", "BELFRY_LOG_LEVEL=info,x7=debug", NULL };
      const char *const overrides[] = { "log.level=info,x8=debug", NULL };
      for (int place = 0; place < N_PLACES; place++)
        {
          g_autofree char *number = g_strdup_printf ("%d", place);

          if (!(mask & (1u << place)))
            continue;
          strongest = place;
          if (place_files[place] != NULL)
            put_level (&machine, place_files[place], number);
        }
      put (&machine, "env", "FOREIGN=1\nBELFRY_LOG_LEVEL=info,x6=debug\n");
      machine.sources.env_file = mask & (1u << PLACE_ENV_FILE) ? env_file : NULL;
      machine.sources.environment = mask & (1u << PLACE_ENVIRONMENT) ? environment : NULL;
      machine.sources.overrides = mask & (1u << PLACE_OVERRIDE) ? overrides : NULL;
      g_autofree char *level = load_level (&machine);
      g_autofree char *expected =
          strongest < 0 ? g_strdup ("info") : g_strdup_printf ("info,x%d=debug", strongest);
      g_assert_cmpstr (level, ==, expected);
    }
}

/* Sockets of the service manager are the default of listen, and no more than that. */
static void
test_activated (void)
{
  g_auto (Machine) machine = { NULL };
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();

  machine_init (&machine);
  machine.sources.activated = TRUE;
  g_autoptr (BelfryConfig) silent = belfry_config_load (&machine.sources, problems);
  const GPtrArray *listens = belfry_config_get_listen (silent, BELFRY_CONFIG_SERVER_LISTEN);
  g_assert_cmpuint (listens->len, ==, 1);
  const BelfryConfigListen *listen = g_ptr_array_index (listens, 0);
  g_assert_cmpint (listen->kind, ==, BELFRY_CONFIG_LISTEN_SYSTEMD);
  put (&machine, "etc/belfry.conf", "[server]\nlisten = *:1\n");
  g_autoptr (BelfryConfig) spoken = belfry_config_load (&machine.sources, problems);
  listens = belfry_config_get_listen (spoken, BELFRY_CONFIG_SERVER_LISTEN);
  g_assert_cmpuint (listens->len, ==, 1);
  listen = g_ptr_array_index (listens, 0);
  g_assert_cmpint (listen->kind, !=, BELFRY_CONFIG_LISTEN_SYSTEMD);
  g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 0);
}

/* Only the strongest main file is read: what the others set does not shine through. */
static void
test_one_main_file (void)
{
  g_auto (Machine) machine = { NULL };

  machine_init (&machine);
  put (&machine, "vendor/belfry.conf", "[log]\nlevel = debug\n");
  put (&machine, "etc/belfry.conf", "[server]\ndemo = yes\n");
  g_autofree char *level = load_level (&machine);
  g_assert_cmpstr (level, ==, "info");
}

/* A drop-in hides those of its name in weaker folders; empty, or a link to /dev/null, it leaves
 * nothing in their place. */
static void
test_masking (void)
{
  g_auto (Machine) machine = { NULL };
  g_autofree char *link = NULL;

  machine_init (&machine);
  put (&machine, "vendor/belfry.conf.d/50-x.conf", "[log]\nlevel = debug\n");
  g_autofree char *vendor = load_level (&machine);
  g_assert_cmpstr (vendor, ==, "debug");
  put (&machine, "run/belfry.conf.d/50-x.conf", "[log]\nlevel = notice\n");
  g_autofree char *run = load_level (&machine);
  g_assert_cmpstr (run, ==, "notice");
  put (&machine, "etc/belfry.conf.d/50-x.conf", "");
  g_autofree char *empty = load_level (&machine);
  g_assert_cmpstr (empty, ==, "info");
  link = belfry_test_dir_path (machine.dir, "etc/belfry.conf.d/50-x.conf");
  g_assert_cmpint (unlink (link), ==, 0);
  g_assert_cmpint (symlink ("/dev/null", link), ==, 0);
  g_autofree char *masked = load_level (&machine);
  g_assert_cmpstr (masked, ==, "info");
}

/* What is not called like a drop-in is none. */
static void
test_other_names (void)
{
  g_auto (Machine) machine = { NULL };

  machine_init (&machine);
  put (&machine, "etc/belfry.conf.d/a.conf~", "nonsense");
  put (&machine, "etc/belfry.conf.d/.hidden.conf", "nonsense");
  put (&machine, "etc/belfry.conf.d/README", "nonsense");
  put (&machine, "etc/belfry.conf.d/a.conf.dpkg-old", "nonsense");
  g_autofree char *level = load_level (&machine);
  g_assert_cmpstr (level, ==, "info");
}

/* A file named on the command line is the only one, with drop-ins of its own. */
static void
test_named_file (void)
{
  g_auto (Machine) machine = { NULL };

  machine_init (&machine);
  put (&machine, "etc/belfry.conf", "nonsense");
  put (&machine, "etc/belfry.conf.d/a.conf", "nonsense");
  put (&machine, "my.conf", "[log]\nlevel = notice\n");
  g_autofree char *path = belfry_test_dir_path (machine.dir, "my.conf");
  machine.sources.file = path;
  g_autofree char *alone = load_level (&machine);
  g_assert_cmpstr (alone, ==, "notice");
  put (&machine, "my.conf.d/a.conf", "[log]\nlevel = warning\n");
  g_autofree char *level = load_level (&machine);
  g_assert_cmpstr (level, ==, "warning");
}

static void
assert_one_error (Machine *self, const char *suffix)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load (&self->sources, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  g_assert_null (config);
  g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
  if (!g_pattern_match_simple (suffix, errors))
    g_error ("expected “%s”, not “%s”", suffix, errors);
}

/* A file named on the command line must be there, be a file, and be readable; so must an
 * environment file. */
static void
test_named_file_lies (void)
{
  g_auto (Machine) machine = { NULL };

  machine_init (&machine);
  g_autofree char *path = belfry_test_dir_path (machine.dir, "x");
  machine.sources.file = path;
  assert_one_error (&machine, "*/x: there is no such file\n");
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_one_error (&machine, "*/x: not a regular file\n");
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (mkdir (path, 0700), ==, 0);
  assert_one_error (&machine, "*/x: a folder: expected a file\n");
  machine.sources.file = NULL;
  machine.sources.env_file = path;
  assert_one_error (&machine, "*/x: a folder: expected a file\n");
  g_assert_cmpint (rmdir (path), ==, 0);
  assert_one_error (&machine, "*/x: cannot be opened: No such file*\n");
}

typedef struct
{
  const char *lie;
  const char *name;
  const char *target; /* (nullable): of a link; NULL: a folder */
  const char *error;
} LieCase;

static const LieCase lie_cases[] = {
  { "a folder as the main file", "etc/belfry.conf", NULL, "*/etc/belfry.conf: a folder*" },
  { "a main file that links to itself", "etc/belfry.conf", "belfry.conf",
    "*/etc/belfry.conf: cannot be opened: Too many levels*" },
  { "a main file that links to nothing", "etc/belfry.conf", "gone",
    "*/etc/belfry.conf: cannot be opened: No such file*" },
  { "a device as the main file", "etc/belfry.conf", "/dev/zero",
    "*/etc/belfry.conf: not a regular file*" },
  { "a folder as a drop-in", "etc/belfry.conf.d/a.conf", NULL, "*/a.conf: a folder*" },
  { "a drop-in that links to itself", "run/belfry.conf.d/a.conf", "a.conf",
    "*/a.conf: cannot be opened: Too many levels*" },
  { "a drop-in that links to nothing", "vendor/belfry.conf.d/a.conf", "gone",
    "*/a.conf: cannot be opened: No such file*" },
  { "a drop-in that is endless", "etc/belfry.conf.d/a.conf", "/dev/zero",
    "*/a.conf: not a regular file*" },
  { "a file as the folder of drop-ins", "etc/belfry.conf.d", "/proc/self/stat",
    "*/belfry.conf.d: Error opening directory*" },
};

/* What is in a file's place and cannot be read is an error, and not taken for a file that is not
 * there: what it should have said would be missing. */
static void
test_lies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lie_cases); i++)
    {
      const LieCase *row = &lie_cases[i];
      g_auto (Machine) machine = { NULL };

      machine_init (&machine);
      g_autofree char *path = belfry_test_dir_path (machine.dir, row->name);
      g_autofree char *folder = g_path_get_dirname (path);
      g_test_message ("%s", row->lie);
      g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
      g_assert_cmpint (row->target != NULL ? symlink (row->target, path) : mkdir (path, 0700), ==,
                       0);
      assert_one_error (&machine, row->error);
    }
}

/* A file of more than a mebibyte is not read. */
static void
test_large_file (void)
{
  g_auto (Machine) machine = { NULL };
  g_autofree char *text = g_strnfill (1024 * 1024 + 1, '\n');

  machine_init (&machine);
  put (&machine, "etc/belfry.conf", text);
  assert_one_error (&machine, "*/etc/belfry.conf: larger than 1048576 bytes\n");
  text[1024 * 1024] = '\0';
  put (&machine, "etc/belfry.conf", text);
  g_autofree char *level = load_level (&machine);
  g_assert_cmpstr (level, ==, "info");
}

/* A folder full of drop-ins ends at a limit. */
static void
test_many_files (void)
{
  g_auto (Machine) machine = { NULL };

  machine_init (&machine);
  for (int i = 0; i < 257; i++)
    {
      g_autofree char *name = g_strdup_printf ("etc/belfry.conf.d/%d.conf", i);

      put (&machine, name, "");
    }
  assert_one_error (&machine, "*/belfry.conf.d: more than 256 drop-ins\n");
}

/* A secret's forms replace each other from source to source, the strongest source wins. */
static void
test_secret_forms (void)
{
  g_auto (Machine) machine = { NULL };
  gsize length;

  machine_init (&machine);
  put (&machine, "key", "from-the-file\n");
  put (&machine, "credentials/cred", "from-the-credential");
  g_autofree char *key = belfry_test_dir_path (machine.dir, "key");
  g_autofree char *credentials = belfry_test_dir_path (machine.dir, "credentials");
  g_autofree char *text = g_strdup_printf ("[http]\napi-key-file = %s\n", key);
  g_autofree char *folder = g_strconcat ("CREDENTIALS_DIRECTORY=", credentials, NULL);
  const char *const steps[][3] = {
    { folder, NULL, "from-the-file" },
    { folder, "BELFRY_HTTP_API_KEY=from-the-environment", "from-the-environment" },
    { folder, "BELFRY_HTTP_API_KEY_CREDENTIAL=cred", "from-the-credential" },
    { folder, "BELFRY_HTTP_API_KEY=", NULL },
  };

  put (&machine, "etc/belfry.conf", "[http]\napi-key = inline\n");
  put (&machine, "etc/belfry.conf.d/a.conf", text);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      const char *const environment[] = { steps[i][0], steps[i][1], NULL };

      machine.sources.environment = environment;
      g_autoptr (BelfryConfig) config = belfry_config_load (&machine.sources, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);
      g_assert_cmpstr (errors, ==, "");
      BelfrySecret *secret = belfry_config_get_secret (config, BELFRY_CONFIG_HTTP_API_KEY);
      if (steps[i][2] == NULL)
        g_assert_null (secret);
      else
        g_assert_cmpstr (belfry_secret_peek (secret, &length), ==, steps[i][2]);
    }
}

/* What everybody can read is no place for a secret. */
static void
test_exposed_secrets (void)
{
  g_auto (Machine) machine = { NULL };
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();

  machine_init (&machine);
  put (&machine, "key", "0123456789abcdef0123456789abcdef");
  g_autofree char *key = belfry_test_dir_path (machine.dir, "key");
  g_autofree char *text =
      g_strdup_printf ("[http]\napi-key = hunter2\n[broker]\nurl = redis://:hunter2@h\n"
                       "[plugin jwt]\nsecret-file = %s\n[plugin x]\ntoken = hunter2\n",
                       key);
  put (&machine, "etc/belfry.conf", text);
  g_autofree char *path = belfry_test_dir_path (machine.dir, "etc/belfry.conf");
  g_assert_cmpint (chmod (path, 0644), ==, 0);
  g_assert_cmpint (chmod (key, 0644), ==, 0);
  g_autoptr (BelfryConfig) config = belfry_config_load (&machine.sources, problems);
  g_autofree char *warnings = belfry_test_config_warnings (problems);
  g_assert_nonnull (config);
  g_assert_cmpuint (belfry_config_problems_n_warnings (problems), ==, 4);
  belfry_test_assert_contains (warnings, "belfry.conf:2: [http] api-key: holds a secret");
  belfry_test_assert_contains (warnings, "belfry.conf:4: [broker] url: holds a secret");
  belfry_test_assert_contains (warnings, "belfry.conf:8: [plugin x] token: holds a secret");
  belfry_test_assert_contains (warnings, "belfry.conf:6: [plugin jwt] secret-file: ");
  belfry_test_assert_contains (warnings, "/key: every user of this machine can read it");
  g_assert_null (strstr (warnings, "hunter2"));
}

static gpointer
load_in_thread (gpointer data)
{
  const BelfryConfigSources *sources = data;
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();

  for (int i = 0; i < 20; i++)
    {
      g_autoptr (BelfryConfig) config = belfry_config_load (sources, problems);

      if (config == NULL)
        return NULL;
    }
  return (gpointer) sources;
}

/* A reload on another thread meets nobody. */
static void
test_threads (void)
{
  g_auto (Machine) machine = { NULL };
  GThread *threads[4];

  machine_init (&machine);
  put_level (&machine, "etc/belfry.conf", "1");
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("load", load_in_thread, &machine.sources);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == &machine.sources);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-load/bad", test_bad);
  belfry_test_add ("/config-load/all-at-once", test_all_at_once);
  belfry_test_add ("/config-load/long-value", test_long_value);
  belfry_test_add ("/config-load/warnings", test_warnings);
  belfry_test_add ("/config-load/many", test_many);
  belfry_test_add ("/config-load/precedence", test_precedence);
  belfry_test_add ("/config-load/activated", test_activated);
  belfry_test_add ("/config-load/one-main-file", test_one_main_file);
  belfry_test_add ("/config-load/masking", test_masking);
  belfry_test_add ("/config-load/other-names", test_other_names);
  belfry_test_add ("/config-load/named-file", test_named_file);
  belfry_test_add ("/config-load/named-file-lies", test_named_file_lies);
  belfry_test_add ("/config-load/lies", test_lies);
  belfry_test_add ("/config-load/large-file", test_large_file);
  belfry_test_add ("/config-load/many-files", test_many_files);
  belfry_test_add ("/config-load/secret-forms", test_secret_forms);
  belfry_test_add ("/config-load/exposed-secrets", test_exposed_secrets);
  belfry_test_add ("/config-load/threads", test_threads);
  return g_test_run ();
}
