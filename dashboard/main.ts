import { DefaultApolloClient } from '@vue/apollo-composable';
import { createApp } from 'vue';
import App from './App.vue';
import { watchAttention } from './composables/useAttention.js';
import { client } from './plugins/apollo.js';
import { vuetify } from './plugins/vuetify.js';
import { router } from './router.js';
import 'vuetify/styles/core';
import './styles/main.css';

watchAttention(window);
createApp(App).provide(DefaultApolloClient, client).use(vuetify).use(router).mount('#app');
